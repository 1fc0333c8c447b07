import { setTimeout } from 'node:timers/promises'
import { Command } from './cli'
import { type Answer, request } from './http'

/** A sample of Prometheus's text format. */
export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

/** `restify-probes export` at work, on a free port. */
export class Exporting {
  readonly command: Command
  readonly port: number

  private constructor(command: Command, port: number) {
    this.command = command
    this.port = port
  }

  static async start(
    args: readonly string[],
    options: ConstructorParameters<typeof Command>[1] = {},
    launcher: readonly string[] = []
  ): Promise<Exporting> {
    const listen = args.includes('--listen') ? [] : ['--listen', '0']
    const command = new Command(['export', ...listen, ...args], options, launcher)
    const [, port] = await command.printed(/listening at http:\/\/\S+:(\d+)\/metrics/)
    return new Exporting(command, Number(port))
  }

  get(path: string, options: Parameters<typeof request>[2] = {}): Promise<Answer> {
    return request(this.port, path, options)
  }

  async samples(): Promise<Sample[]> {
    return samplesIn((await this.get('/metrics')).body)
  }

  /** The sum of the samples of this name that have these labels. */
  async sum(name: string, labels: Record<string, string> = {}): Promise<number> {
    return (await this.samples())
      .filter((sample) => sample.name === name && has(sample, labels))
      .reduce((sum, { value }) => sum + value, 0)
  }

  /** Waits until a sum is reached; the test's own time is the limit. */
  async reached(sum: number, name: string, labels: Record<string, string> = {}): Promise<void> {
    while ((await this.sum(name, labels)) !== sum) await setTimeout(50)
  }

  async stop(): Promise<void> {
    const { code, stderr } = await this.command.end('SIGINT')
    if (code !== 0) throw new Error(`export ended with ${code}: ${stderr}`)
  }
}

function has({ labels }: Sample, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value)
}

/** Reads Prometheus's text format. */
export function samplesIn(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] =
        /^([a-z0-9_:]+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$/.exec(line) ?? []
      if (name === undefined) throw new Error(`no sample: ${line}`)
      return { name, labels: labelsIn(labels), value: Number(value) }
    })
}

function labelsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value = '']) => [
      name,
      value.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
    ])
  )
}
