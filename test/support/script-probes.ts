/** The probes of a script, in its order. */
export function probesOf(script: string): string[] {
  return [
    ...script.matchAll(
      /^(?:usdt:\*|restify\*::):restify:?(?::?)((?:route|handler)\S+)|^restify(?:\*|\$target):::(\S+)/gm
    )
  ].map(([, bpftrace, dtrace]) => (bpftrace ?? dtrace ?? '').replace('__', '-'))
}
