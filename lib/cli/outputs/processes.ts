import { commandWithoutSecrets } from '../../redaction/credentials'
import type { Printable } from '../printable'
import { type ListedCarrier, listLines, waysOf } from '../render/list'
import { print, printJson } from '../terminal/output'
import type { Style } from '../terminal/style'
import { chosen, type Output } from './output'

/** The processes that can be traced, as `list` shows them. */
export function processesOutput(options: { json: boolean }, style: Style): Output<ListedCarrier[]> {
  return chosen(options, { text: () => new ProcessesTable(style), json: () => new ProcessesJson() })
}

class ProcessesTable implements Output<ListedCarrier[]> {
  readonly #style: Style

  constructor(style: Style) {
    this.#style = style
  }

  show(carriers: ListedCarrier[]): void {
    if (carriers.length === 0) return
    const [heading, ...lines] = listLines(carriers, process.stdout.isTTY ? process.stdout.columns : undefined)
    print(this.#style('bold', heading as Printable))
    for (const line of lines) print(line)
  }
}

class ProcessesJson implements Output<ListedCarrier[]> {
  show(carriers: ListedCarrier[]): void {
    for (const carrier of carriers) printJson(processJson(carrier))
  }
}

function processJson(carrier: ListedCarrier): Record<string, unknown> {
  return {
    type: 'process',
    pid: carrier.pid,
    user: carrier.user.name,
    uid: carrier.user.id,
    uptimeSeconds: Math.round(carrier.uptimeSeconds),
    ports: carrier.ports,
    cwd: carrier.cwd ?? null,
    command: commandWithoutSecrets(carrier.command),
    via: waysOf(carrier),
    attached: carrier.isTraced ?? null,
    commands: carrier.listeners,
    answers: carrier.sockets.length === 0 ? null : !carrier.isSilent,
    addons: carrier.addons.map(({ path, deleted, refusal }) => ({
      path,
      deleted,
      ...(refusal === undefined ? {} : { refusal })
    }))
  }
}
