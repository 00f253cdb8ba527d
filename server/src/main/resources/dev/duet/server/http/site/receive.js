// The same channel over an EventSource and over a WebSocket. A follower is told of each publication, control event, cursor and
// change of state; {state, cursor, publication, control}.
import { parse } from './show.js'

const CONTROLS = ['duet.gap', 'duet.live', 'duet.end']

/** When each of the latest publications came. */
export class Arrivals {
  static MOST = 200
  #recent = []
  #waiting = new Set()

  add(publication) {
    const arrival = { publication, at: performance.now() }
    this.#recent.push(arrival)
    if (this.#recent.length > Arrivals.MOST) this.#recent.shift()
    for (const waiting of this.#waiting) waiting(arrival)
  }

  /** Milliseconds from `at` until the first such publication; undefined if none came in ten seconds. */
  after(at, isSame) {
    const known = this.#recent.find(arrival => arrival.at >= at && isSame(arrival.publication))
    if (known) return Promise.resolve(known.at - at)
    return new Promise(resolve => {
      const end = millis => {
        this.#waiting.delete(waiting)
        clearTimeout(timeout)
        resolve(millis)
      }
      const waiting = arrival => isSame(arrival.publication) && end(arrival.at - at)
      const timeout = setTimeout(end, 10_000)
      this.#waiting.add(waiting)
    })
  }
}

function take(message, follower) {
  if (message.cursor) follower.cursor(message.cursor)
  if (message.channel) follower.publication(message)
  else if (message.event === 'duet.live') follower.state('live', 'up')
  else if (message.event) follower.control(message.event, message.data)
}

/** Resumes by itself: the id of the last event goes with its next request, and wins over `since`. */
export class EventSide {
  constructor(path, cursor, follower) {
    follower.cursor(cursor)
    let end = 'refused'
    const events = new EventSource(`${path}?envelope=json&since=${encodeURIComponent(cursor)}`)
    events.onopen = () => follower.state('catching up', 'wait')
    events.onmessage = event => take(parse(event.data), follower)
    events.onerror = () => events.readyState === EventSource.CLOSED
      ? follower.state(end, 'down')
      : follower.state('reconnecting', 'wait')
    for (const name of CONTROLS) {
      events.addEventListener(name, event => {
        const data = parse(event.data)
        if (name === 'duet.end' && data.channel) end = 'ended'
        take({ event: name, cursor: event.lastEventId, data }, follower)
      })
    }
  }
}

/** Keeps its cursor and comes back with it, which a WebSocket does not do by itself. */
export class SocketSide {
  #url
  #cursor
  #follower
  #socket
  #delay = 500

  constructor(url, cursor, follower) {
    this.#url = url
    this.#cursor = cursor
    this.#follower = follower
    follower.cursor(cursor)
    this.#open()
  }

  /** False if it is not open. */
  send(data) {
    if (this.#socket.readyState !== WebSocket.OPEN) return false
    this.#socket.send(data)
    return true
  }

  #open() {
    this.#socket = new WebSocket(`${this.#url}?envelope=json&last_event_id=${encodeURIComponent(this.#cursor)}`)
    this.#socket.onopen = () => {
      this.#delay = 500
      this.#follower.state('catching up', 'wait')
    }
    this.#socket.onmessage = event => {
      const message = parse(event.data)
      this.#cursor = message.cursor ?? this.#cursor
      take(message, this.#follower)
    }
    this.#socket.onclose = event => this.#closed(event)
  }

  #closed({ code, reason }) {
    if (code === 1000) {
      this.#follower.state('ended', 'down')
      return
    }
    this.#follower.state(`reconnecting (${code}${code === 1012 || !reason ? '' : ' ' + reason})`, 'wait')
    setTimeout(() => this.#open(), code === 1012 && Number(reason) ? Number(reason) : this.#delay * (0.5 + Math.random()))
    this.#delay = Math.min(this.#delay * 2, 10_000)
  }
}
