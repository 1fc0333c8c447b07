import type { FinishedRequest } from '../../figures/request'
import type { Arguments } from '../arguments'
import { type Carrier, traceableAddons } from '../processes/carriers'
import { ByUser } from './bpftrace/by-user'
import { FiguresAttachment } from './bpftrace/figures-attachment'
import { JoinedFigures } from './bpftrace/joined-figures'
import type { Release } from './bpftrace/release'
import { RequestsAttachment } from './bpftrace/requests-attachment'
import { Target } from './bpftrace/target'
import { SocketFigures } from './socket/figures-source'
import { SocketRequests } from './socket/requests-source'
import type { Notes } from './socket/socket-source'
import type { DeliverFigures, Source } from './source'
import type { RequestsAsked } from './wanted'

type FiguresOptions = Pick<Arguments, 'grid'> & { command: 'latency' | 'top' }

/** A way to listen to running processes. */
export interface Way {
  /** Whether a process can be listened to in this way. */
  takes(carrier: Carrier): boolean
  figures(carriers: readonly Carrier[], options: FiguresOptions, deliver: DeliverFigures): Source
  requests(
    carriers: readonly Carrier[],
    asked: RequestsAsked,
    deliver: (request: FinishedRequest) => void
  ): Source
}

/** Listens to the probes, with bpftrace. */
export class KernelWay implements Way {
  constructor(private readonly release: Release) {}

  takes(carrier: Carrier): boolean {
    return traceableAddons(carrier).length > 0
  }

  figures(carriers: readonly Carrier[], { command, grid }: FiguresOptions, deliver: DeliverFigures): Source {
    const attach = (some: readonly Carrier[], to: DeliverFigures) =>
      new FiguresAttachment(new Target(some), { reader: command, grid }, this.release, to)
    if (!haveSeveralUsers(carriers)) return attach(carriers, deliver)
    const joined = new JoinedFigures(grid, deliver)
    return new ByUser(
      carriers,
      (some) => attach(some, joined.part()),
      () => joined.end()
    )
  }

  requests(
    carriers: readonly Carrier[],
    asked: RequestsAsked,
    deliver: (request: FinishedRequest) => void
  ): Source {
    const attach = (some: readonly Carrier[]) =>
      new RequestsAttachment(new Target(some), asked, this.release, deliver)
    return haveSeveralUsers(carriers) ? new ByUser(carriers, attach) : attach(carriers)
  }
}

function haveSeveralUsers(carriers: readonly Carrier[]): boolean {
  return new Set(carriers.map(({ user }) => user.id)).size > 1
}

/** Listens through the sockets that processes offer. */
export class ProcessWay implements Way {
  constructor(private readonly notes: Notes) {}

  takes({ sockets }: Carrier): boolean {
    return sockets.length > 0
  }

  figures(carriers: readonly Carrier[], options: FiguresOptions, deliver: DeliverFigures): Source {
    return new SocketFigures(carriers, options, deliver, this.notes)
  }

  requests(
    carriers: readonly Carrier[],
    { wanted, slowest = 0, ...asked }: RequestsAsked,
    deliver: (request: FinishedRequest) => void
  ): Source {
    return new SocketRequests(carriers, { slowest, ...asked, ...wanted }, deliver, this.notes)
  }
}
