import { readFileSync } from 'node:fs'

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[]
  templating: { list: { name: string; type: string; definition?: string }[] }
}

/** The dashboard's variables, when all is chosen. */
const CHOSEN: Record<string, string> = { job: '.*', route: '.*' }

/** Every expression of a dashboard, of panels and of variables, as Grafana asks for it. */
export function dashboardQueries(file: string): { title: string; expression: string }[] {
  const { panels, templating } = JSON.parse(readFileSync(file, 'utf8')) as Dashboard
  const ofPanels = panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ title, expression: chosen(expr) }))
  )
  const ofVariables = templating.list.flatMap(({ name, definition }) => {
    const [, metric, label] = /^label_values\((.+), (\w+)\)$/.exec(definition ?? '') ?? []
    return metric === undefined
      ? []
      : [{ title: `variable ${name}`, expression: `count by (${label}) (${chosen(metric)})` }]
  })
  return [...ofPanels, ...ofVariables]
}

function chosen(expression: string): string {
  return expression.replace(/\$(\w+)/g, (_, name: string) => {
    const value = CHOSEN[name]
    if (value === undefined) throw new Error(`there is no variable ${name}`)
    return value
  })
}
