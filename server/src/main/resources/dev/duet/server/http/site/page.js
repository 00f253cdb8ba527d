// The page for people: at / with what is running, at a channel's URL with that channel.
import { Arrivals, EventSide, SocketSide } from './receive.js'
import { Log, ago, command, parse } from './show.js'

const $ = id => document.getElementById(id)
const PREFIX = '/channels/'
const HISTORY = 50
const isStart = !location.pathname.startsWith(PREFIX)
const name = isStart ? 'hello' : decodeURIComponent(location.pathname.slice(PREFIX.length))
const pathOf = channel => PREFIX + encodeURIComponent(channel).replaceAll('%2C', ',').replaceAll('%3A', ':')
const path = pathOf(name)
const url = location.origin + path
const sides = {}

function state(of, text, kind) {
  if ($(of + '-state').textContent !== text) $(of + '-state').textContent = text
  $(of + '-dot').className = 'dot ' + kind
}

function say(text, isBad) {
  $('receipt').textContent = text
  $('receipt').classList.toggle('bad', Boolean(isBad))
}

// ---- what is running

async function about() {
  try {
    const server = await (await fetch('/', { headers: { accept: 'application/json' } })).json()
    $('version').textContent = server.version
    $('protocols').textContent = server.protocols.join(', ')
    $('uptime').textContent = ago(server.uptime)
    $('uptime').dateTime = server.started
    $('uptime').title = 'since ' + new Date(server.started).toLocaleString()
    state('server', 'running', 'up')
  } catch {
    state('server', 'out of reach', 'wait')
  }
  setTimeout(about, 5000)
}

// ---- both sides

function follower(side, log, arrivals) {
  return {
    state: (text, kind) => state(side, text, kind),
    cursor(cursor) {
      $(side + '-cursor').textContent = cursor
      $(side + '-cursor').title = cursor
    },
    publication(message) {
      arrivals.add(message)
      log.add(message)
      $(side + '-count').textContent = `${log.received.toLocaleString()} received`
    },
    control(event, data) {
      if (data.state) log.clear()
      log.control(event, data)
    }
  }
}

/** The last publications before a cursor, then what comes after the same one: nothing is missing between, and nothing is twice. */
async function follow(logs) {
  let cursor
  let page
  try {
    cursor = (await (await fetch('/cursor')).json()).cursor
    const response = await fetch(`${path}?before=${encodeURIComponent(cursor)}&limit=${HISTORY}`, { headers: { accept: 'application/json' } })
    page = parse(await response.text())
    if (!response.ok) {
      state('sse', 'refused', 'down')
      state('ws', 'refused', 'down')
      say(page.detail, true)
      return
    }
  } catch {
    state('sse', 'out of reach', 'wait')
    state('ws', 'out of reach', 'wait')
    setTimeout(follow, 2000, logs)
    return
  }
  for (const side of ['sse', 'ws']) {
    page.publications.forEach(publication => logs[side].add(publication, true))
    if (page.publications.length > 0) logs[side].mark(page.more ? `the last ${page.publications.length}` : 'all that was held')
    const arrivals = new Arrivals()
    const of = follower(side, logs[side], arrivals)
    const receiver = side === 'sse' ? new EventSide(path, cursor, of) : new SocketSide(url.replace(/^http/, 'ws'), cursor, of)
    sides[side] = { receiver, arrivals }
  }
}

// ---- publishing

async function post(data) {
  const query = new URLSearchParams()
  if ($('event').value) query.set('event', $('event').value)
  if ($('key').value) query.set('key', $('key').value)
  const at = performance.now()
  try {
    const response = await fetch(path + (query.size > 0 ? '?' + query : ''), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: data
    })
    const answer = await response.json()
    const first = answer.results?.find(result => result.cursor) ?? answer.results?.[0] ?? answer
    if (!first.cursor) {
      say(first.detail, true)
      return
    }
    const said = answer.results ? `Published to ${answer.results.length} channels.` : `Published at ${first.offset}.`
    say(said)
    await told(said, at, publication => publication.offset === first.offset)
  } catch {
    say('The server is out of reach.', true)
  }
}

async function send(data) {
  const at = performance.now()
  if (!sides.ws?.receiver.send(data)) {
    say('The WebSocket is not open.', true)
    return
  }
  say('Sent on the WebSocket.')
  let json
  try {
    json = JSON.stringify(JSON.parse(data))
  } catch {
    // it is text
  }
  await told('Sent on the WebSocket.', at, ({ data: got }) => got === data || (json !== undefined && JSON.stringify(got) === json))
}

/** Says how long it took from `at` until each side had it. */
async function told(said, at, isSame) {
  const times = await Promise.all(['sse', 'ws'].map(async side => {
    const millis = await sides[side]?.arrivals.after(at, isSame)
    if (millis !== undefined) $(side + '-latency').textContent = millis.toFixed(1) + ' ms'
    return millis
  }))
  if (times.every(millis => millis !== undefined)) {
    say(`${said} EventSource had it after ${times[0].toFixed(1)} ms, WebSocket after ${times[1].toFixed(1)} ms.`)
  }
}

$('publish').addEventListener('submit', async event => {
  event.preventDefault()
  const data = $('data').value
  $('data').select()
  await (event.submitter?.value === 'socket' ? send(data) : post(data))
})
$('data').addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    $('publish').requestSubmit()
  }
})

// ---- other channels

function recent() {
  try {
    const known = JSON.parse(localStorage.getItem('duet.recent') ?? '[]')
    return Array.isArray(known) ? known.filter(other => typeof other === 'string') : []
  } catch {
    return [] // a page that may not keep anything forgets
  }
}

function remember() {
  try {
    localStorage.setItem('duet.recent', JSON.stringify([name, ...recent().filter(other => other !== name)].slice(0, 8)))
  } catch {
    // as above
  }
}

$('open').addEventListener('submit', event => {
  event.preventDefault()
  location.href = pathOf($('name').value.trim())
})

// ---- commands to try

function commands() {
  const shell = $('commands')
  shell.append(command('Watch', `curl -N ${quoted(url)}`))
  if (!isReadOnly()) shell.append(command('Publish', `curl -d 'Hello, world' ${quoted(url)}`))
  shell.append(
    command('From the beginning of what is kept', `curl -N ${quoted(url + '?since=start')}`),
    command('As JSON lines, the last ten and then live', `curl -N -H 'Accept: application/x-ndjson' ${quoted(url + '?since=-10')}`),
    command('As a page; with a wait it is a long poll', `curl -H 'Accept: application/json' ${quoted(url + '?since=start&limit=10')}`),
    command('The present cursor', `curl ${quoted(location.origin + '/cursor')}`)
  )
  $('snippets').append(
    command('EventSource, which resumes by itself',
      `const events = new EventSource('${url}')\nevents.onmessage = event => console.log(event.data)`),
    command('WebSocket, which publishes too',
      `const socket = new WebSocket('${url.replace(/^http/, 'ws')}')\nsocket.onmessage = event => console.log(event.data)`
      + (isReadOnly() ? '' : `\nsocket.onopen = () => socket.send('Hello')`))
  )
}

const quoted = text => /^[\w:/.,-]+$/.test(text) ? text : `'${text}'`
const isReadOnly = () => name.includes('~')

if (isStart) {
  $('address').textContent = location.origin
  for (const channel of recent()) {
    const link = document.createElement('a')
    link.href = pathOf(channel)
    link.textContent = channel
    $('recent').append($('recent').hasChildNodes() ? ' · ' : 'Lately: ', link)
  }
} else {
  document.title = name + ' · Duet'
  $('title').textContent = name.replaceAll(',', ', ')
  $('over').textContent = name.includes(',') ? `${new Set(name.split(',')).size} channels in one order` : 'Channel'
  remember()
}
if (isReadOnly()) {
  $('publish').hidden = true
  say('A channel of the server’s own: to be read, not published to.')
}
commands()
about()
follow({ sse: new Log($('sse-log'), name.includes(',')), ws: new Log($('ws-log'), name.includes(',')) })
