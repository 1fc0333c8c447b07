/**
 * Makes of this process one that answers the bench, a question at a time.
 *
 * @param answers - functions by question
 */
export function answering(answers) {
  process.on('message', async ({ question, args }) => {
    try {
      process.send({ answer: await answers[question](...args) })
    } catch (error) {
      process.send({ error: error.stack })
    }
  })
  process.on('disconnect', () => process.exit())
  process.send({ answer: 'ready' })
}
