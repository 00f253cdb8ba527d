// The start page: opens channels, fills in this server's address, shows the present cursor.
const $ = id => document.getElementById(id)
const socketOrigin = location.origin.replace(/^http/, 'ws')

for (const code of document.querySelectorAll('code[data-command]')) {
  code.textContent = code.dataset.command
    .replaceAll('ORIGIN', location.origin)
    .replaceAll('WS/', socketOrigin + '/')
}

$('open').addEventListener('submit', event => {
  event.preventDefault()
  location.href = '/channels/' + encodeURIComponent($('name').value.trim()).replaceAll('%2C', ',')
})

let recent = []
try {
  recent = JSON.parse(localStorage.getItem('duet.recent') ?? '[]')
} catch {
  // a page that may not keep anything forgets
}
if (Array.isArray(recent) && recent.length > 0) {
  $('recent').append('Lately: ')
  recent.slice(0, 8).forEach((name, i) => {
    const link = document.createElement('a')
    link.href = '/channels/' + encodeURIComponent(name).replaceAll('%2C', ',')
    link.textContent = name
    $('recent').append(i ? ' · ' : '', link)
  })
}

async function refresh() {
  try {
    $('cursor').textContent = (await (await fetch('/cursor')).json()).cursor
    $('health').textContent = (await (await fetch('/health')).json()).status
  } catch {
    $('health').textContent = 'out of reach'
  }
}
refresh()
setInterval(refresh, 2000)
