// Chromium, driven line by line: a JSON object on standard input {id, page, do, …} is answered by {id, value} or
// {id, error} on standard output. Ends when standard input does.
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const browser = await chromium.launch({ executablePath: process.argv[2], args: ['--no-sandbox', '--disable-gpu', ...process.argv.slice(3)] })
const pages = new Map()

const actions = {
  async open({ page, url, scheme, width }) {
    const context = await browser.newContext({ colorScheme: scheme ?? 'light', viewport: { width: width ?? 1000, height: 800 } })
    pages.set(page, await context.newPage())
    const problems = []
    pages.get(page).problems = problems
    pages.get(page).on('pageerror', error => problems.push(String(error)))
    pages.get(page).on('console', message => message.type() === 'error' && problems.push(message.text()))
    await pages.get(page).goto(url)
  },
  evaluate: ({ page, script }) => pages.get(page).evaluate(script),
  // Not waitForFunction, which evaluates in the page, where its policy forbids that.
  async waitFor({ page, script }) {
    const end = Date.now() + 20_000
    while (!(await pages.get(page).evaluate(script))) {
      if (Date.now() > end) throw new Error('20 s have passed; the page says: ' + await pages.get(page).innerText('body'))
      await new Promise(done => setTimeout(done, 20))
    }
  },
  fill: ({ page, selector, text }) => pages.get(page).fill(selector, text),
  click: ({ page, selector }) => pages.get(page).click(selector),
  screenshot: ({ page, file }) => pages.get(page).screenshot({ path: file, fullPage: true }).then(() => null),
  problems: ({ page }) => pages.get(page).problems,
  close: ({ page }) => pages.get(page).context().close()
}

async function answer(line) {
  const request = JSON.parse(line)
  let reply
  try {
    reply = { id: request.id, value: await actions[request.do](request) ?? null }
  } catch (error) {
    reply = { id: request.id, error: String(error.stack ?? error) }
  }
  process.stdout.write(JSON.stringify(reply) + '\n')
}

const lines = createInterface({ input: process.stdin })
lines.on('line', answer)
lines.on('close', async () => {
  await browser.close()
  process.exit(0)
})
