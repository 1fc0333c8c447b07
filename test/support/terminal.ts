import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CLI } from './cli'

/** The command in a terminal: a window of tmux. */
export class Terminal {
  readonly #socket = `restify-probes-${process.pid}-${Math.random().toString(36).slice(2)}`

  constructor(
    args: readonly string[],
    { width, height, env = {}, stderr, jobControl = false }: Size & Surroundings
  ) {
    const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ')
    const quoted = stderr === undefined ? words : `${words} 2>'${stderr}'`
    const variables = Object.entries(env).map(([name, value]) => `${name}='${value}'`)
    // The window stays, so that what the command left of it can be seen.
    const script = `export TERM=tmux-256color ${variables.join(' ')}; echo before; ${quoted}; echo "status $?"; exec sleep 600`
    const shell = ['bash', '--norc', '--noprofile', '-i']
    const started = jobControl ? ['env', 'PS1=$ ', ...variables.map(unquoted), ...shell] : [script]
    this.#tmux('new-session', '-d', '-x', String(width), '-y', String(height), ...started)
    if (jobControl) this.type(quoted)
  }

  /** Types a line for a shell. */
  type(line: string): void {
    this.#tmux('send-keys', '-l', line)
    this.press('Enter')
  }

  #tmux(...args: string[]): string {
    const env = { ...process.env }
    delete env.TMUX
    return execFileSync('tmux', ['-L', this.#socket, '-f', '/dev/null', ...args], { encoding: 'utf8', env })
  }

  /** The lines that are seen. */
  lines(): string[] {
    return this.#tmux('capture-pane', '-p').replace(/\n$/, '').split('\n')
  }

  /** The same with colours, as escape sequences. */
  coloured(): string {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  /** Resolves with the lines once they match, and fails after half a minute. */
  async shows(pattern: RegExp): Promise<string[]> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const lines = this.lines()
      if (pattern.test(lines.join('\n'))) return lines
      if (Date.now() > deadline) throw new Error(`${pattern} is not shown, but:\n${lines.join('\n')}`)
      await setTimeout(50)
    }
  }

  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  /** Types characters as they are, at once. */
  send(text: string): void {
    this.#tmux('send-keys', '-H', ...[...Buffer.from(text)].map((byte) => byte.toString(16)))
  }

  /** Pastes a text as terminals do, marked as such where the program wants that. */
  paste(text: string): void {
    const file = path.join(tmpdir(), `${this.#socket}.paste`)
    writeFileSync(file, text)
    try {
      this.#tmux('load-buffer', file)
      this.#tmux('paste-buffer', '-p', '-r')
    } finally {
      rmSync(file)
    }
  }

  resize({ width, height }: Size): void {
    this.#tmux('resize-window', '-x', String(width), '-y', String(height))
  }

  get cursorIsShown(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1'
  }

  get isAlternate(): boolean {
    return this.#tmux('display-message', '-p', '#{alternate_on}').trim() === '1'
  }

  /** The command's own process. */
  get pid(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim()
    return Number(execFileSync('pgrep', ['-P', shell], { encoding: 'utf8' }).trim())
  }

  close(): void {
    this.#tmux('kill-server')
  }
}

function unquoted(variable: string): string {
  return variable.replaceAll("'", '')
}

interface Surroundings {
  env?: Record<string, string>
  /** The file to which its standard error goes. */
  stderr?: string
  /** Whether it is a job of a shell, which can stop and continue it, and is there afterwards. */
  jobControl?: boolean
}

export interface Size {
  width: number
  height: number
}
