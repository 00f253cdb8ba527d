// Clients that nobody here wrote: Chromium's EventSource and WebSocket, npm's ws and eventsource.
// One argument, JSON: {chromium, channels, since, clients: [{name, kind, base}]}. Each tells what it gets as a
// line of JSON on standard output. Ends when standard input does.
import { EventSource } from 'eventsource'
import { chromium } from 'playwright-core'
import WebSocket from 'ws'

const plan = JSON.parse(process.argv[2])
const pages = []
let browser
let stopping = false

function tell(report) {
  process.stdout.write(JSON.stringify(report) + '\n')
}

// Runs in Node and, as its text, in pages: so it uses nothing from outside.
function makeReader(name, report) {
  // What String.hashCode is in Java.
  function hash(text) {
    let h = 0
    for (let i = 0; i < text.length; i++) h = (Math.imul(31, h) + text.charCodeAt(i)) | 0
    return h
  }
  function base64(bytes) {
    let text = ''
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return btoa(text)
  }
  function message(cursor, channel, event, kind, text) {
    report({ client: name, is: 'message', cursor, channel, event: event ?? '', kind, length: text.length, hash: hash(text) })
  }
  function control(event, cursor, data) {
    if (event === 'duet.gap') report({ client: name, is: 'gap', cursor, ...data })
    else report({ client: name, is: event.slice(5), cursor, reason: data.reason ?? '', retry: data.retry ?? -1 })
  }
  const reader = {
    cursor: null,
    say: (is, reason) => report({ client: name, is, cursor: reader.cursor, reason: String(reason ?? '') }),
    // A message in its envelope.
    envelope(text) {
      const m = JSON.parse(text)
      reader.cursor = m.cursor ?? reader.cursor
      if (m.event?.startsWith('duet.')) control(m.event, m.cursor ?? null, m.data)
      else if (m.data64 !== undefined) message(m.cursor, m.channel, m.event, 'bytes', m.data64)
      else if (typeof m.data === 'string') message(m.cursor, m.channel, m.event, 'text', m.data)
      else if (m.channel) message(m.cursor, m.channel, m.event, 'json', JSON.stringify(m.data))
    },
    payload(event) {
      const bytes = 'data:application/octet-stream;base64,'
      const name = event.type === 'message' ? '' : event.type
      if (event.data.startsWith(bytes)) message(event.lastEventId, null, name, 'bytes', event.data.slice(bytes.length))
      else message(event.lastEventId, null, name, event.data.startsWith('{') ? 'json' : 'text', event.data)
    },
    // All that an EventSource may say; what it says of a gap is remembered by itself.
    listen(source, enveloped) {
      source.onopen = () => reader.say('open')
      source.onerror = () => reader.say(source.readyState === 2 ? 'gave-up' : 'error')
      const take = enveloped ? event => reader.envelope(event.data) : reader.payload
      source.onmessage = take
      source.addEventListener('tick', take)
      for (const name of ['duet.gap', 'duet.live', 'duet.end']) {
        source.addEventListener(name, event => control(name, event.lastEventId, JSON.parse(event.data)))
      }
    },
    // One socket for all channels, written from the chapter on duet.v1 in docs/protocol.md.
    session(Socket, url, channels, since) {
      const socket = new Socket(url, 'duet.v1')
      socket.binaryType = 'arraybuffer'
      socket.onopen = () => {
        reader.say('open')
        const begin = reader.cursor ? { cursor: reader.cursor } : { since }
        socket.send(JSON.stringify({ type: 'subscribe', id: 1, channels: channels.split(','), ...begin }))
      }
      socket.onmessage = event => {
        let header = event.data
        let bytes
        if (typeof event.data !== 'string') {
          const length = new DataView(event.data).getUint16(0)
          header = new TextDecoder().decode(new Uint8Array(event.data, 2, length))
          bytes = new Uint8Array(event.data, 2 + length)
        }
        const m = JSON.parse(header)
        if (m.type === 'error') throw new Error(header)
        reader.cursor = m.cursor ?? reader.cursor
        if (m.type === 'gap' || m.type === 'live' || m.type === 'end') control('duet.' + m.type, m.cursor ?? null, m)
        if (m.type !== 'publication') return
        if (bytes) message(m.cursor, m.channel, m.event, 'bytes', base64(bytes))
        else if (typeof m.data === 'string') message(m.cursor, m.channel, m.event, 'text', m.data)
        else message(m.cursor, m.channel, m.event, 'json', JSON.stringify(m.data))
      }
      socket.onerror = () => {}
      socket.onclose = event => {
        report({ client: name, is: 'close', cursor: reader.cursor, reason: event.reason, code: event.code })
        setTimeout(() => reader.session(Socket, url, channels, since), 50)
      }
    },
    // A WebSocket does not come back by itself.
    socket(Socket, url, since) {
      const socket = new Socket(url + (reader.cursor ? 'last_event_id=' + reader.cursor : 'since=' + since))
      socket.onopen = () => reader.say('open')
      socket.onmessage = event => reader.envelope(event.data)
      socket.onerror = () => {}
      socket.onclose = event => {
        report({ client: name, is: 'close', cursor: reader.cursor, reason: event.reason, code: event.code })
        setTimeout(() => reader.socket(Socket, url, since), 50)
      }
    }
  }
  return reader
}

function open(kind, reader, base, channels, since, Source, Socket) {
  const url = `${base}/channels/${channels}?`
  switch (kind) {
    case 'events': return reader.listen(new Source(url + 'since=' + since), false)
    // No cursor at all: what the stream begins with must do.
    case 'events-now': return reader.listen(new Source(url.slice(0, -1)), false)
    case 'events-envelope': return reader.listen(new Source(url + 'envelope=json&since=' + since), true)
    case 'session': return reader.session(Socket, base.replace(/^http/, 'ws') + '/ws', channels, since)
    case 'socket': return reader.socket(Socket, url.replace(/^http/, 'ws') + 'envelope=json&', since)
  }
}

async function inPage({ name, kind, base }) {
  const page = await browser.newPage()
  pages.push(page)
  // A page of the server itself: Chromium keeps pages that came from nowhere off the local network.
  await page.goto(base + '/health')
  await page.evaluate(`{
    window.reports = []
    window.drain = () => window.reports.splice(0)
    const reader = (${makeReader})(${JSON.stringify(name)}, report => window.reports.push(report))
    ;(${open})(${JSON.stringify(kind)}, reader, ${JSON.stringify(base)}, ${JSON.stringify(plan.channels)},
      ${JSON.stringify(plan.since)}, EventSource, WebSocket)
  }`)
}

async function drain() {
  while (!stopping) {
    for (const page of pages) for (const report of await page.evaluate(() => window.drain?.() ?? [])) tell(report)
    await new Promise(done => setTimeout(done, 50))
  }
}

async function stop() {
  stopping = true
  await browser?.close()
  process.exit(0)
}

process.stdin.on('end', stop).resume()
process.stdout.on('error', stop)
try {
  const inNode = plan.clients.filter(client => client.name.startsWith('npm-'))
  const inChromium = plan.clients.filter(client => client.name.startsWith('chromium-'))
  for (const { name, kind, base } of inNode) {
    open(kind, makeReader(name, tell), base, plan.channels, plan.since, EventSource, WebSocket)
  }
  if (inChromium.length > 0) {
    browser = await chromium.launch({ executablePath: plan.chromium, args: ['--no-sandbox', '--disable-gpu'] })
    for (const client of inChromium) await inPage(client)
    await drain()
  }
} catch (error) {
  if (!stopping) {
    tell({ client: '', is: 'failed', reason: String(error.stack ?? error) })
    await stop()
  }
}
