import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promtool, type Release } from '../../support/prometheus'

interface Series {
  series: string
  /** A value each minute, as promtool writes them: `0+60x100`. */
  values: string
}

type Labels = Record<string, string>

/** Asks promtool whether alerts fire for series that are made up. */
export class AlertTest {
  readonly #release: Release
  readonly #rules: readonly string[]

  constructor(release: Release, rules: readonly string[]) {
    this.#release = release
    this.#rules = rules
  }

  /** Four hours of a counter. */
  counter(name: string, labels: Labels, perSecond: number): Series {
    return { series: name + this.labels(labels), values: `0+${perSecond * 60}x240` }
  }

  gauge(name: string, labels: Labels, value: number): Series {
    return { series: name + this.labels(labels), values: `${value}+0x240` }
  }

  labels(labels: Labels): string {
    return `{${Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',')}}`
  }

  /** @param alerts - the labels of those that fire after so many minutes, and of no others */
  fires(name: string, series: readonly Series[], alerts: readonly Labels[], minutes = 60): void {
    const said = this.#problemOf(name, series, alerts, minutes)
    assert.equal(said, undefined)
    // promtool would have told had it been otherwise.
    const opposite = alerts.length > 0 ? [] : [{ job: 'shop' }]
    assert.match(
      this.#problemOf(name, series, opposite, minutes) ?? '',
      new RegExp(`FAILED:[\\s\\S]*${name}`)
    )
  }

  #problemOf(
    name: string,
    series: readonly Series[],
    alerts: readonly Labels[],
    minutes: number
  ): string | undefined {
    const folder = mkdtempSync(path.join(tmpdir(), 'alerts-'))
    const file = path.join(folder, 'test.yml')
    const test = {
      rule_files: this.#rules,
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: series,
          promql_expr_test: [
            {
              // Only the names of alerts are compared: promtool would want every word of what they say.
              expr: `ALERTS{alertname="${name}",alertstate="firing"}`,
              eval_time: `${minutes}m`,
              exp_samples: alerts.map((labels) => ({
                labels: `ALERTS${this.labels({ ...labels, alertname: name, alertstate: 'firing' })}`,
                value: 1
              }))
            }
          ]
        }
      ]
    }
    writeFileSync(file, JSON.stringify(test))
    try {
      promtool(this.#release, 'test', 'rules', file)
      return undefined
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
      return stdout + stderr
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}
