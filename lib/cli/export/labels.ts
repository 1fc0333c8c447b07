import path from 'node:path'
import { commandWithoutSecrets } from '../../redaction/credentials'
import { printable } from '../printable'
import type { Carrier } from '../processes/carriers'
import { containerOf, type PodNames } from '../processes/container'
import { cut, describeCommand } from '../render/text'

/** The labels by which series of one process are told from those of others. */
export const PROCESS_LABELS = [
  'pid',
  'command',
  'user',
  'container_id',
  'pod_uid',
  'namespace',
  'pod'
] as const

/** The same in the words of OpenTelemetry's resources. */
export const PROCESS_ATTRIBUTES = [
  'process.pid',
  'process.command_line',
  'process.owner',
  'container.id',
  'k8s.pod.uid',
  'k8s.namespace.name',
  'k8s.pod.name'
] as const

/**
 * A process as OpenTelemetry describes it. Its service is called by the file that it runs, as nothing else tells what it
 * is without asking the process.
 *
 * @param labels - the values of {@link PROCESS_LABELS}
 */
export function resourceAttributesOf(
  { pid, command }: Carrier,
  labels: readonly string[],
  host: string
): Record<string, string | number> {
  const [program = 'node', ...words] = commandWithoutSecrets(command)
  const file = words.find((word) => /\.[cm]?[jt]s$/.test(word)) ?? program
  const attributes: Record<string, string | number> = {
    'service.name': Buffer.from(cut(printable(path.basename(file)), MAX_COMMAND)).toString(),
    'service.instance.id': `${host}:${pid}`
  }
  PROCESS_ATTRIBUTES.forEach((name, i) => {
    const value = labels[i] as string
    if (value !== '') attributes[name] = name === 'process.pid' ? pid : value
  })
  return attributes
}

/** The longest command line in a label, in characters: each series has it. */
const MAX_COMMAND = 120

/**
 * The values of the labels, empty where there is none. Only the command line is the process's own word. Everything else
 * comes from the kernel, and the pod's name from the kubelet: the environment and the host name of a process are not asked.
 */
export function labelsOf({ pid, command, user }: Carrier, pods: PodNames): string[] {
  const { id, podUid } = process.platform === 'linux' ? containerOf(pid) : { id: '', podUid: '' }
  const { namespace = '', pod = '' } = pods.of(podUid) ?? {}
  return [String(pid), commandLabel(command), user.name, id, podUid, namespace, pod]
}

/** A command line without its secrets, and without the folders of its program. */
function commandLabel([program = '', ...words]: readonly string[]): string {
  const shown = [path.basename(program), ...words].filter((word) => word !== '')
  return cut(describeCommand(shown), MAX_COMMAND)
}
