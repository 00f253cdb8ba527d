// The page of a channel: the same channel over EventSource and over WebSocket, side by side.
const $ = id => document.getElementById(id)
const path = location.pathname
const name = decodeURIComponent(path.replace(/^\/channels\//, ''))
const MOST = 200

document.title = name + ' · Duet'
$('title').textContent = name
$('curl').textContent = `curl -N '${location.origin}${path}'`
remember(name)

function remember(channel) {
  try {
    const known = JSON.parse(localStorage.getItem('duet.recent') ?? '[]')
    const others = Array.isArray(known) ? known.filter(other => other !== channel) : []
    localStorage.setItem('duet.recent', JSON.stringify([channel, ...others].slice(0, 8)))
  } catch {
    // a page that may not keep anything forgets
  }
}

function state(side, text, kind) {
  $(side + '-state').textContent = text
  $(side + '-dot').className = 'dot ' + kind
}

function cell(className, text) {
  const span = document.createElement('span')
  span.className = className
  span.textContent = text
  return span
}

function show(side, message) {
  const line = document.createElement('li')
  const several = name.includes(',') && message.channel
  if (message.event?.startsWith('duet.')) {
    line.className = 'control'
    line.append(cell('tag', message.event))
    line.append(cell('data', Object.keys(message.data ?? {}).length ? JSON.stringify(message.data) : ''))
  } else {
    line.append(cell('time', new Date(message.time).toLocaleTimeString()))
    if (several) line.append(cell('tag', message.channel))
    if (message.event) line.append(cell('tag', message.event))
    if (message.key) line.append(cell('tag', message.key))
    line.append(cell('data', text(message)))
    line.title = 'cursor ' + message.cursor
  }
  $(side + '-log').prepend(line)
  while ($(side + '-log').childElementCount > MOST) $(side + '-log').lastElementChild.remove()
}

function text(message) {
  if (message.deleted) return 'deleted'
  if (message.data64 !== undefined) return `${atob(message.data64).length} bytes: ${message.data64.slice(0, 60)}`
  return typeof message.data === 'string' ? message.data : JSON.stringify(message.data)
}

// EventSource resumes by itself: the id of the last event goes with its next request.
const events = new EventSource(`${path}?envelope=json&since=-50`)
events.onopen = () => state('sse', 'open', 'up')
events.onerror = () => events.readyState === EventSource.CLOSED
  ? state('sse', 'ended', 'down')
  : state('sse', 'reconnecting', 'wait')
events.onmessage = event => show('sse', JSON.parse(event.data))
for (const control of ['duet.gap', 'duet.live', 'duet.end']) {
  events.addEventListener(control, event => {
    const data = JSON.parse(event.data)
    if (control !== 'duet.live') show('sse', { event: control, data })
  })
}

// A WebSocket does not: the page keeps the cursor.
let socket
let cursor
let delay = 500
function connect() {
  const since = cursor ? 'last_event_id=' + encodeURIComponent(cursor) : 'since=-50'
  socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${path}?envelope=json&${since}`)
  socket.onopen = () => {
    delay = 500
    state('ws', 'open', 'up')
  }
  socket.onmessage = event => {
    const message = JSON.parse(event.data)
    cursor = message.cursor ?? cursor
    if ((message.event && message.event !== 'duet.live') || message.channel) show('ws', message)
  }
  socket.onclose = event => {
    if (event.code === 1000 || event.code === 1008) {
      state('ws', `ended, ${event.code} ${event.reason}`, 'down')
      return
    }
    state('ws', `reconnecting, ${event.code} ${event.reason}`, 'wait')
    setTimeout(connect, event.code === 1012 && Number(event.reason) ? Number(event.reason) : delay)
    delay = Math.min(delay * 2, 10000)
  }
}
connect()

$('publish').addEventListener('submit', async event => {
  event.preventDefault()
  const data = $('data').value
  if (event.submitter?.value === 'socket') {
    if (socket.readyState === WebSocket.OPEN) {
      socket.send(data)
      $('receipt').textContent = 'Sent on the WebSocket.'
    } else {
      $('receipt').textContent = 'The WebSocket is not open.'
    }
  } else {
    await post(data)
  }
  $('data').select()
})

async function post(data) {
  const named = $('event').value ? '?event=' + encodeURIComponent($('event').value) : ''
  try {
    const response = await fetch(path + named, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: data
    })
    const answer = await response.json()
    $('receipt').textContent = answer.detail
      ?? (answer.results ? `Published to ${answer.results.length} channels.` : `Published at ${answer.offset}.`)
  } catch {
    $('receipt').textContent = 'The server is out of reach.'
  }
}
