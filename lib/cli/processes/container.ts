import { readdirSync } from 'node:fs'
import { readProc } from './proc'

/** The container and the pod in which a process runs, by the names of its control group. */
export interface Container {
  /** 64 hexadecimal digits; empty where there is none. */
  id: string
  /** The pod's uid; empty where there is none. */
  podUid: string
}

const NOWHERE: Container = { id: '', podUid: '' }

/**
 * An id stands alone, or between what a runtime puts around it: `docker-ID.scope`,
 * `cri-containerd-ID.scope`.
 */
const CONTAINER = /^(?:[a-z][a-z-]{0,30}-)?([0-9a-f]{64})(?:\.scope|\.service)?$/

/**
 * `podUID`, or `kubepods-besteffort-podUID.slice` of systemd, in which the uid has underscores. A
 * static pod's has neither.
 */
const POD = /^(?:[a-z-]{0,40}-)?pod([0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12})(?:\.slice)?$/

/**
 * Tells the container of a process as the kernel knows it. The environment and the host name of a
 * process are its own to choose.
 */
export function containerOf(pid: number): Container {
  return containerIn(readProc(pid, 'cgroup') ?? '')
}

/** The group in which a user may make others of any name, by systemd. */
const OF_USER = /^user@\d+\.service$/

/**
 * Reads /proc/PID/cgroup: `0::/kubepods.slice/…`, or a line for each controller. The outermost names count, since a
 * process may be allowed to make groups of any name inside its own. A container inside of a user's group is one of that
 * user's own, and never a pod's.
 */
export function containerIn(cgroup: string): Container {
  for (const line of cgroup.split('\n')) {
    const names = line.slice(line.indexOf('/') + 1).split('/')
    const place = names.findIndex((name) => CONTAINER.test(name))
    const around = names.slice(
      0,
      firstOf(
        place,
        names.findIndex((name) => OF_USER.test(name))
      )
    )
    const id = CONTAINER.exec(names[place] ?? '')?.[1] ?? ''
    const podUid = around.map(uidIn).find((uid) => uid !== '') ?? ''
    if (id !== '' || podUid !== '') return { id, podUid }
  }
  return NOWHERE
}

/** The first of these places that there are; undefined where there is none. */
function firstOf(...places: number[]): number | undefined {
  const found = places.filter((place) => place !== -1)
  return found.length === 0 ? undefined : Math.min(...found)
}

function uidIn(name: string): string {
  return POD.exec(name)?.[1]?.replaceAll('_', '-') ?? ''
}

/** A pod, as people call it. */
export interface PodName {
  namespace: string
  pod: string
}

/** The folder in which the kubelet has one for each pod of its node: NAMESPACE_POD_UID. */
const POD_LOGS = '/var/log/pods'
const POD_FOLDER = /^([a-z0-9-]{1,63})_([a-z0-9.-]{1,253})_([0-9a-f-]{32,36})$/

/** The time for which a look into that folder is good, in milliseconds. */
const FRESH = 10_000

/** Names of pods by their uids, of which control groups know only those. */
export class PodNames {
  #names = new Map<string, PodName>()
  #looked = Number.NEGATIVE_INFINITY

  constructor(private readonly folder = POD_LOGS) {}

  /** The pod's name; undefined where the kubelet's folder is not here, or does not have it yet. */
  of(uid: string): PodName | undefined {
    if (uid === '') return undefined
    if (!this.#names.has(uid) && performance.now() - this.#looked > FRESH) this.#look()
    return this.#names.get(uid)
  }

  #look(): void {
    this.#looked = performance.now()
    this.#names = new Map()
    for (const folder of foldersIn(this.folder)) {
      const [, namespace, pod, uid] = POD_FOLDER.exec(folder) ?? []
      if (namespace !== undefined && pod !== undefined && uid !== undefined)
        this.#names.set(uid, { namespace, pod })
    }
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
