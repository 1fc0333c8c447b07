import { wrong } from '../../wrong-option'
import { isShown, SHOWN_TAKES } from '../handlers-shown'
import type { AppMetrics } from './app-metrics'
import type { Controls } from './controls'
import { switchHandlers } from './handlers-switch'

export function controlsOf(metrics: AppMetrics): Controls {
  return {
    showHandlers(shown) {
      if (!isShown(shown)) throw wrong('showHandlers()', SHOWN_TAKES, shown)
      metrics.handlersShown.set(shown)
    },
    handlersSwitch(req, res) {
      switchHandlers(metrics.handlersShown, req, res)
    },
    stop() {
      metrics.stop()
    }
  }
}
