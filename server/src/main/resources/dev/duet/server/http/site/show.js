// What is shown of a message. All of it is text: nothing that came from a publisher is ever read as HTML.

const MOST = 200
const LONG = 300
const HEAD = 24

export function element(tag, className, text) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

/** As JSON.parse, but numbers that a double cannot hold keep their digits. */
export function parse(text) {
  return JSON.parse(text, (key, value, context) =>
    typeof value === 'number' && JSON.rawJSON && context?.source && !Number.isSafeInteger(value) && String(value) !== context.source
      ? JSON.rawJSON(context.source)
      : value)
}

/** `3 min`, `2 h 5 min`, `4 d 3 h`. */
export function ago(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60]
  if (days) return `${days} d ${hours} h`
  if (hours) return `${hours} h ${minutes} min`
  return minutes ? `${minutes} min` : `${Math.floor(seconds)} s`
}

/** A command with a button that copies it. */
export function command(what, text) {
  const box = element('figure', 'command')
  const code = element('code', '', text)
  const pre = element('pre')
  pre.tabIndex = 0
  pre.append(code)
  const button = element('button', 'copy quiet', 'Copy')
  button.type = 'button'
  button.setAttribute('aria-label', `Copy: ${what}`)
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
    } catch {
      // Without TLS a page may not copy: select it, so that one key does.
      getSelection().selectAllChildren(code)
      button.textContent = 'Selected'
    }
    setTimeout(() => { button.textContent = 'Copy' }, 1500)
  })
  box.append(element('figcaption', '', what), pre, button)
  return box
}

// ---- payloads

function bytes(data64) {
  const raw = atob(data64)
  const head = Array.from(raw.slice(0, HEAD), c => c.charCodeAt(0).toString(16).padStart(2, '0')).join(' ')
  const shown = element('span', 'data')
  shown.append(element('span', 'tag', `${raw.length.toLocaleString()} ${raw.length === 1 ? 'byte' : 'bytes'}`), ' ' + head + (raw.length > HEAD ? ' …' : ''))
  return shown
}

/** Short ones whole; of others the beginning, and all of it when it is opened. */
function expandable(head, whole, size) {
  const details = element('details', 'data')
  const summary = element('summary', '', head)
  summary.append(' ', element('span', 'more', size))
  details.append(summary)
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(element('pre', '', whole()))
  }, { once: true })
  return details
}

function payload({ data, data64 }) {
  if (data64 !== undefined) return bytes(data64)
  if (typeof data === 'string') {
    return data.length <= LONG
      ? element('bdi', 'data', data)
      : expandable(data.slice(0, LONG) + '…', () => data, `${data.length.toLocaleString()} characters`)
  }
  // What breaks lines is only the form: within a string they are escaped.
  const compact = JSON.stringify(data, null, 1).replace(/\n */g, ' ')
  if (data === null || typeof data !== 'object' || Object.keys(data).length === 0) return element('bdi', 'data json', compact)
  const head = compact.length <= LONG ? compact : compact.slice(0, LONG) + '…'
  return expandable(head, () => JSON.stringify(data, null, 2), compact.length <= LONG ? 'JSON' : `JSON, ${compact.length.toLocaleString()} characters`)
}

// ---- the list of a side

const GAPS = {
  retention: 'no longer held',
  forgotten: 'the channel was forgotten',
  'log-changed': 'the log has changed',
  'unknown-log': 'the log was begun anew',
  'unknown-offset': 'beyond the end of the log',
  moved: 'the channel moved to another log',
  hole: 'the log has a hole'
}

function controlText(event, data) {
  if (event === 'duet.gap') {
    const what = data.certain ? 'Publications are missing' : 'Publications may be missing'
    return `${what}: ${GAPS[data.reason] ?? data.reason}${data.state ? '; the whole state follows' : ''} (${data.reason}, ${data.from} to ${data.to})`
  }
  if (event === 'duet.end') return data.channel ? 'The channel has ended' : `The stream ends: ${data.reason}`
  return JSON.stringify(data)
}

/** The newest first, at most 200, drawn once per frame whatever comes. */
export class Log {
  received = 0
  #list
  #several
  #pending = []
  #drawing = false

  constructor(list, several) {
    this.#list = list
    this.#several = several
  }

  add(publication, isOld) {
    if (!isOld) this.received++
    this.#put(() => this.#row(publication, isOld))
  }

  control(event, data) {
    this.#put(() => {
      const row = element('li', event === 'duet.gap' ? 'control gap' : 'control')
      row.append(element('span', 'tag', event))
      if (data.channel && this.#several) row.append(element('span', 'tag', data.channel))
      row.append(element('span', 'data', controlText(event, data)))
      return row
    })
  }

  mark(text) {
    this.#put(() => element('li', 'mark', text))
  }

  clear() {
    this.#pending.length = 0
    this.#list.replaceChildren()
  }

  #put(make) {
    this.#pending.push(make)
    if (this.#pending.length > MOST) this.#pending.shift()
    if (!this.#drawing) {
      this.#drawing = true
      requestAnimationFrame(() => this.#draw())
    }
  }

  #draw() {
    this.#drawing = false
    this.#list.prepend(...this.#pending.map(make => make()).reverse())
    this.#pending.length = 0
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild.remove()
  }

  #row(publication, isOld) {
    const row = element('li', isOld ? 'old' : '')
    const time = element('time', '', new Date(publication.time).toLocaleTimeString())
    time.dateTime = new Date(publication.time).toISOString()
    time.title = `offset ${publication.offset}\ncursor ${publication.cursor}`
    row.append(time)
    if (this.#several) row.append(element('span', 'tag channel', publication.channel))
    if (publication.event) row.append(element('span', 'tag', publication.event))
    if (publication.key !== undefined) row.append(element('span', 'tag key', publication.key))
    if (publication.from) row.append(element('span', 'tag from', publication.from))
    row.append(publication.deleted ? element('span', 'data deleted', 'deleted') : payload(publication))
    return row
  }
}
