// A client of duet.v1, written from its chapter in docs/protocol.md and nothing else of Duet, on npm's ws. It follows
// channels that join one after another, leaves and joins some again, publishes to all of them with idempotency keys,
// and comes back whenever it is cut. It checks that everything came exactly once and in order.
// One argument, JSON: {url, channels, count, seed, seconds}. Tells what it found as a line of JSON.
import WebSocket from 'ws'

const plan = JSON.parse(process.argv[2])
let state = plan.seed >>> 0
const random = n => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}

// ---- what it knows

let socket
let shared = null // the cursor of all that is live
let lastLive = 0 // the offset of the last publication of them
const followed = new Map() // channel -> {live, cursor}: cursor only until it is live
const left = new Map() // channels that were left -> the cursor to come back with
const unsubscribing = new Map() // id -> channel
const received = new Map(plan.channels.map(channel => [channel, []])) // numbers, in their order
const unacknowledged = new Map() // number -> message, in their order
const found = { published: 0, duplicates: 0, received: 0, binary: 0, opened: 0, left: 0, resent: 0, gaps: 0 }
let nextNumber = 0
let nextId = 1_000_000

function fail(why) {
  process.stdout.write(JSON.stringify({ failed: String(why), ...found }) + '\n')
  process.exit(1)
}

// ---- messages

function send(message, bytes) {
  if (socket?.readyState !== WebSocket.OPEN) return
  if (!bytes) return socket.send(JSON.stringify(message))
  const header = Buffer.from(JSON.stringify(message))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(header.length)
  socket.send(Buffer.concat([length, header, bytes]))
}

function subscribe(channels) {
  const wanted = channels.map(channel => {
    const { cursor } = followed.get(channel)
    return cursor ? { channel, cursor } : { channel, since: 'start' }
  })
  if (wanted.length > 0) send({ type: 'subscribe', id: nextId++, channels: wanted })
}

function take(data, isBinary) {
  const length = isBinary ? data.readUInt16BE(0) : 0
  const m = JSON.parse(isBinary ? data.subarray(2, 2 + length) : data)
  const number = isBinary ? data.readUInt32BE(2 + length) : m.data?.n
  const of = m.channel ? [m.channel] : m.channels ?? []
  switch (m.type) {
    case 'publication': {
      const is = followed.get(m.channel)
      if (!is) return fail(`${m.channel} is not followed, and ${m.offset} came`)
      if (is.live && m.offset <= lastLive) return fail(`after ${lastLive} came ${m.offset} of ${m.channel}`)
      if (is.live) lastLive = m.offset
      const before = received.get(m.channel)
      if (before.length > 0 && before.at(-1) >= number) return fail(`${m.channel}: after ${before.at(-1)} came ${number}`)
      before.push(number)
      found.received++
      found.binary += isBinary ? 1 : 0
      break
    }
    case 'published':
      if (!unacknowledged.delete(m.id)) return fail(`${m.id} was acknowledged twice`)
      found.published++
      found.duplicates += m.duplicate ? 1 : 0
      break
    case 'unsubscribed': {
      const channel = unsubscribing.get(m.id)
      const is = followed.get(channel)
      unsubscribing.delete(m.id)
      followed.delete(channel)
      left.set(channel, is.live ? shared : is.cursor)
      forget([channel])
      found.left++
      return
    }
    case 'live':
      for (const channel of of) followed.set(channel, { live: true })
      forget(of)
      break
    case 'gap':
      found.gaps++
      break
    case 'error':
      return fail(JSON.stringify(m))
  }
  // Which cursor to keep.
  if (!['subscribed', 'publication', 'gap', 'live', 'end', 'cursor'].includes(m.type) || !m.cursor) return
  const own = of.map(channel => followed.get(channel)).filter(is => is && !is.live)
  if (own.length > 0) for (const is of own) is.cursor = m.cursor
  else shared = m.cursor
  // A subscription's cursor is that of all its channels.
  if (m.type === 'subscribed') subscriptions.push(m.channels)
  else if (own.length > 0) {
    const all = subscriptions.find(channels => channels.includes(m.channel)) ?? []
    for (const channel of all) if (followed.get(channel)?.live === false) followed.get(channel).cursor = m.cursor
  }
}

// The subscriptions that are not live: their channels.
let subscriptions = []

function forget(channels) {
  subscriptions = subscriptions.map(all => all.filter(channel => !channels.includes(channel)))
}

// ---- the connection

function connect() {
  socket = new WebSocket(plan.url, 'duet.v1')
  const it = socket
  it.on('open', () => {
    found.opened++
    if (it.protocol !== 'duet.v1') fail('it speaks ' + it.protocol)
    subscribe([...followed.keys()])
    for (const { message, bytes } of unacknowledged.values()) {
      found.resent++
      send(message, bytes)
    }
  })
  it.on('message', (data, isBinary) => it === socket && take(data, isBinary))
  it.on('error', () => {})
  it.on('close', () => {
    // What was live comes back with the shared cursor, the rest each with its own.
    for (const is of followed.values()) {
      if (is.live) is.cursor = shared
      is.live = false
    }
    subscriptions = []
    lastLive = 0
    for (const channel of unsubscribing.values()) {
      left.set(channel, followed.get(channel).cursor)
      followed.delete(channel)
    }
    unsubscribing.clear()
    setTimeout(connect, 10)
  })
}

// ---- what it does

function publish() {
  if (nextNumber >= plan.count || unacknowledged.size >= 20) return
  const n = nextNumber++
  const channel = plan.channels[random(plan.channels.length)]
  const message = { type: 'publish', id: n, channel, event: 'e' + (n % 3), idempotencyKey: 'n' + n }
  let bytes
  if (n % 3 === 0) {
    bytes = Buffer.alloc(4 + random(2_000))
    bytes.writeUInt32BE(n)
  } else {
    message.data = { n, pad: 'é'.repeat(random(500)) }
  }
  sent.get(channel).push(n)
  unacknowledged.set(n, { message, bytes })
  send(message, bytes)
}

const sent = new Map(plan.channels.map(channel => [channel, []]))
const joining = [...plan.channels]

function follow() {
  const channel = joining.shift() ?? (random(2) === 0 || nextNumber >= plan.count ? [...left.keys()][0] : undefined)
  if (channel) {
    followed.set(channel, { live: false, cursor: left.get(channel) ?? null })
    left.delete(channel)
    subscribe([channel])
  } else if (nextNumber < plan.count) {
    const channel = [...followed.keys()][random(followed.size)]
    if (!channel || [...unsubscribing.values()].includes(channel) || socket.readyState !== WebSocket.OPEN) return
    const id = nextId++
    unsubscribing.set(id, channel)
    send({ type: 'unsubscribe', id, channel })
  }
}

function judge() {
  const complete = nextNumber === plan.count && unacknowledged.size === 0 && found.received === plan.count
  if (!complete) return
  for (const [channel, numbers] of sent) {
    if (JSON.stringify(received.get(channel)) !== JSON.stringify(numbers)) fail(`${channel}: not what was published`)
  }
  process.stdout.write(JSON.stringify(found) + '\n')
  process.exit(0)
}

process.stdin.on('end', () => process.exit(1)).resume()
setTimeout(() => fail(`not complete: ${unacknowledged.size} not acknowledged, ${followed.size} followed`), plan.seconds * 1_000)
connect()
setInterval(publish, 2)
setInterval(follow, 25)
setInterval(judge, 50)
