import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'

/** Asserts that promtool, which must be there, finds nothing wrong with metrics in Prometheus's text format. */
export function assertMetrics(input: string): void {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  assert.deepEqual([status, stdout, stderr], [0, '', ''])
}
