// npm's ws against an echo server: the families of cases of the Autobahn suite that a client can speak that keeps to
// the standard. Argument: the URL. A line of JSON for each case.
import WebSocket from 'ws'

const url = process.argv[2]
const MIB = 1 << 20

function tell(name, problem) {
  process.stdout.write(JSON.stringify({ case: name, problem }) + '\n')
}

function connect(options) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 32 * MIB, ...options })
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

function next(socket, event) {
  return new Promise((resolve, reject) => {
    socket.once(event, (...values) => resolve(values))
    if (event !== 'close') socket.once('close', code => reject(new Error('closed with ' + code)))
    socket.once('error', reject)
  })
}

async function closed(socket) {
  const closing = next(socket, 'close')
  socket.close(1000)
  await closing
}

async function run(name, body) {
  let socket
  try {
    socket = await connect()
    socket.setMaxListeners(0)
    await Promise.race([
      body(socket),
      new Promise((_, reject) => setTimeout(() => reject(new Error('took more than 20 s')), 20_000).unref())
    ])
    tell(name, '')
  } catch (error) {
    tell(name, String(error.stack ?? error))
  } finally {
    socket?.terminate()
  }
}

function check(condition, text) {
  if (!condition) throw new Error(text)
}

const sizes = [0, 1, 125, 126, 127, 128, 65_535, 65_536, MIB, 16 * MIB]
for (const size of sizes) {
  for (const binary of [false, true]) {
    await run(`${binary ? 'binary' : 'text'} of ${size}`, async socket => {
      const sent = Buffer.alloc(size, binary ? '\u0000\u00ff\u0080' : 'abcdefg', binary ? 'latin1' : 'utf8')
      const got = next(socket, 'message')
      socket.send(sent, { binary })
      const [data, isBinary] = await got
      check(isBinary === binary, 'the type is another')
      check(sent.equals(data), `it sent ${size} bytes and got ${data.length} others`)
      await closed(socket)
    })
  }
}

await run('text with every length of character, split anywhere', async socket => {
  const bytes = Buffer.from('aé漢🦜'.repeat(50))
  for (let cut = 0; cut <= 10; cut++) {
    const got = next(socket, 'message')
    socket.send(bytes.subarray(0, cut), { binary: false, fin: false })
    socket.send(bytes.subarray(cut), { fin: true })
    const [data] = await got
    check(bytes.equals(data), 'cut at ' + cut)
  }
  await closed(socket)
})

for (const binary of [false, true]) {
  await run(`65536 fragments of 64 bytes, ${binary ? 'binary' : 'text'}, with pings between`, async socket => {
    const fragment = Buffer.alloc(64, 'x')
    const got = next(socket, 'message')
    let pongs = 0
    socket.on('pong', () => pongs++)
    for (let i = 1; i <= 65_536; i++) {
      socket.send(fragment, { binary, fin: i === 65_536 })
      if (i % 8_192 === 0 && i < 65_536) socket.ping(String(i))
    }
    const [data, isBinary] = await got
    check(isBinary === binary && data.length === 4 * MIB, 'it got ' + data.length)
    check(pongs === 7, pongs + ' pongs came before the message')
    await closed(socket)
  })
}

await run('65537 fragments are too many', async socket => {
  const end = next(socket, 'close')
  for (let i = 1; i <= 65_537; i++) socket.send('x', { binary: true, fin: i === 65_537 })
  const [code] = await end
  check(code === 1009, 'closed with ' + code)
})

await run('a message of more than 16 MiB is too large', async socket => {
  const end = next(socket, 'close')
  socket.send(Buffer.alloc(16 * MIB + 1))
  const [code] = await end
  check(code === 1009, 'closed with ' + code)
})

for (const size of [0, 1, 125]) {
  await run(`ping of ${size}`, async socket => {
    const sent = Buffer.alloc(size, 'p')
    const got = next(socket, 'pong')
    socket.ping(sent)
    const [data] = await got
    check(sent.equals(data), 'the pong has ' + data.length)
    await closed(socket)
  })
}

await run('ten pings at once, each answered in order', async socket => {
  const pongs = []
  const all = new Promise(resolve => socket.on('pong', data => pongs.push(String(data)) === 10 && resolve()))
  for (let i = 0; i < 10; i++) socket.ping('ping ' + i)
  await all
  check(pongs.join() === Array.from({ length: 10 }, (_, i) => 'ping ' + i).join(), pongs.join())
  await closed(socket)
})

await run('a pong that nobody asked for is ignored', async socket => {
  socket.pong('unasked')
  const got = next(socket, 'message')
  socket.send('after')
  check(String((await got)[0]) === 'after', 'it is not')
  await closed(socket)
})

for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
  await run('close with ' + code, async socket => {
    const end = next(socket, 'close')
    socket.close(code, 'é'.repeat(61))
    const [answered] = await end
    check(answered === code, 'answered with ' + answered)
  })
}

await run('close without a code', async socket => {
  const end = next(socket, 'close')
  socket.close()
  const [answered] = await end
  check(answered === 1005, 'answered with ' + answered)
})

await run('compression is not spoken, and what is sent is understood', async first => {
  await closed(first)
  const socket = await connect({ perMessageDeflate: true })
  check(socket.extensions === '', 'agreed on ' + socket.extensions)
  const got = next(socket, 'message')
  socket.send('x'.repeat(10_000))
  check((await got)[0].length === 10_000, 'it is not')
  await closed(socket)
})

await run('a thousand messages in one write come back in order', async socket => {
  const got = []
  const all = new Promise(resolve => socket.on('message', data => got.push(String(data)) === 1_000 && resolve()))
  socket._socket.cork()
  for (let i = 0; i < 1_000; i++) socket.send('message ' + i)
  socket._socket.uncork()
  await all
  check(got.every((message, i) => message === 'message ' + i), 'they do not')
  await closed(socket)
})
