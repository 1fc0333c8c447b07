// Draws the README's pictures: the real commands in a real terminal (tmux),
// what it shows then made into SVG. Run it as root: node scripts/pictures.mjs
import { execFileSync, fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { svgOf } from './pictures/svg.mjs'

const WIDTH = 100
const HEIGHT = 18
const SOCKET = `pictures-${process.pid}`

const shop = fork('examples/shop/index.js', {
  cwd: 'build',
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  env: { ...process.env, PORT: '0' }
})
const port = await listening(shop)
let over = false
const load = sendForever()

mkdirSync('docs', { recursive: true })
await picture('top', ['top', '-p', String(shop.pid)], /GET \/products/, 12)
await picture('why', ['why', '-p', String(shop.pid), '--duration', '6'], /^Most time/m, 0, 28)
await picture(
  'trace-handlers',
  ['trace', '--handlers', '-p', String(shop.pid), '--slower-than', '200'],
  /(?:GET|POST).*\n(?: .*\n)+.*(?:GET|POST).*\n(?: .*\n)+/,
  1
)
over = true
await load
shop.kill()

async function picture(name, args, pattern, seconds, height = HEIGHT) {
  // A terminal that is closed at the command's end shows nothing any more.
  const command = `${['node', 'dist/cli/main.js', ...args].join(' ')}; sleep 9`
  tmux('new-session', '-d', '-x', String(WIDTH), '-y', String(height), `TERM=tmux-256color ${command}`)
  try {
    while (!pattern.test(tmux('capture-pane', '-p'))) await setTimeout(100)
    await setTimeout(seconds * 1000)
    writeFileSync(
      `docs/${name}.svg`,
      svgOf(tmux('capture-pane', '-p', '-e', '-N'), WIDTH, `restify-probes ${args[0]}`)
    )
  } finally {
    tmux('send-keys', 'C-c')
    await setTimeout(1500)
    try {
      tmux('kill-server')
    } catch {}
  }
}

function tmux(...args) {
  const stdio = ['ignore', 'pipe', 'ignore']
  return execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...args], { encoding: 'utf8', stdio })
}

async function listening(child) {
  for await (const text of child.stdout) {
    const found = /listening: \S+:(\d+)/.exec(String(text))?.[1]
    if (found !== undefined) return Number(found)
  }
  throw new Error('the app ended before it listened')
}

async function sendForever() {
  const agent = new http.Agent({ keepAlive: true })
  const paths = [
    '/products/7',
    '/products/8',
    '/cart',
    '/search?q=tea',
    '/products/9?currency=JPY',
    '/orders/12'
  ]
  const worker = async (first) => {
    for (let i = first; !over; i++) {
      await new Promise((resolve) => {
        http.get({ agent, host: '127.0.0.1', port, path: paths[i % paths.length] }, (res) =>
          res.resume().on('end', resolve)
        )
      })
    }
  }
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(worker))
  agent.destroy()
}
