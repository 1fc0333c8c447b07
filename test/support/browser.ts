import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** The time that the browser has for an answer, in milliseconds. */
const PATIENCE = 60_000

interface Answer {
  id?: number
  method?: string
  sessionId?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { message: string }
}

export interface View {
  width: number
  scheme: 'light' | 'dark'
}

/** Chromium without a window, spoken with through a pipe: messages of the DevTools protocol, each with a zero at its end. */
export class Browser {
  readonly #process: ChildProcess
  readonly #profile = mkdtempSync(path.join(tmpdir(), 'browser-'))
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly #listeners = new Set<(answer: Answer) => void>()
  #next = 0
  #rest = ''

  constructor() {
    const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
    const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update']
    const args = [...options, ...quiet, '--remote-debugging-pipe', `--user-data-dir=${this.#profile}`]
    this.#process = spawn('chromium', [...args, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']
    })
    const out = this.#process.stdio[4] as Readable
    out.setEncoding('utf8').on('data', (text: string) => {
      const messages = (this.#rest + text).split('\0')
      this.#rest = messages.pop() as string
      for (const message of messages) this.#receive(JSON.parse(message) as Answer)
    })
  }

  #receive(answer: Answer): void {
    if (answer.id === undefined) for (const listener of this.#listeners) listener(answer)
    else this.#waiting.get(answer.id)?.(answer)
  }

  /** Asks for something, in a page if its session is given. */
  send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#next
    const pipe = this.#process.stdio[3] as Writable
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), PATIENCE)
      this.#waiting.set(id, ({ result = {}, error }) => {
        clearTimeout(timer)
        if (error === undefined) resolve(result)
        else reject(new Error(`${method}: ${error.message}`))
      })
      pipe.write(
        `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`
      )
    })
  }

  /** A file as it is seen. */
  async open(file: string, { width, scheme }: View): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    const page = new Page(this, String(sessionId))
    const loaded = new Promise<void>((resolve) => {
      this.#listeners.add(({ method, sessionId: of, params }) => {
        if (of !== sessionId) return
        if (method === 'Page.loadEventFired') resolve()
        else page.note(method, params)
      })
    })
    for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
      await this.send(`${domain}.enable`, {}, String(sessionId))
    const size = { width, height: 800, deviceScaleFactor: 1, mobile: width < 500 }
    await page.send('Emulation.setDeviceMetricsOverride', size)
    const features = [{ name: 'prefers-color-scheme', value: scheme }]
    await page.send('Emulation.setEmulatedMedia', { features })
    await page.send('Page.navigate', { url: `file://${file}` })
    await loaded
    return page
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#process.once('exit', resolve))
    await this.send('Browser.close').catch(() => this.#process.kill('SIGKILL'))
    await closed
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

export class Page {
  /** Errors and warnings of its console, and what it was kept from doing. */
  readonly complaints: string[] = []
  /** The requests for anything beside the page itself. */
  readonly requests: string[] = []
  readonly #browser: Browser
  readonly #session: string

  constructor(browser: Browser, session: string) {
    this.#browser = browser
    this.#session = session
  }

  note(method: string | undefined, params: Record<string, unknown> = {}): void {
    if (
      method === 'Runtime.consoleAPICalled' ||
      method === 'Runtime.exceptionThrown' ||
      method === 'Log.entryAdded'
    )
      this.complaints.push(JSON.stringify(params))
    if (method === 'Network.requestWillBeSent')
      this.requests.push(String((params.request as { url: string }).url))
    if (method === 'Page.javascriptDialogOpening') this.complaints.push('a dialog')
  }

  send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    return this.#browser.send(method, params, this.#session)
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    const { result } = await this.send('Runtime.evaluate', { expression, returnByValue: true })
    return (result as { value: T }).value
  }

  /** The whole page, as a PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: true })
    return Buffer.from(String(data), 'base64')
  }
}
