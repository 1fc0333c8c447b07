/**
 * Measures everyone in short rounds, in rotation, so that whatever slows the
 * machine down for a while slows all of them down.
 *
 * @param contestants - objects with a name
 * @param measure - gives one contestant's figure for one round
 * @returns for each name its figures, one a round; those of the same round compare
 */
export async function contest(contestants, { rounds, warmUps = 1 }, measure) {
  const figures = new Map(contestants.map(({ name }) => [name, []]))
  for (let round = -warmUps; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(turn + round + warmUps) % contestants.length]
      const figure = await measure(contestant)
      if (round >= 0) figures.get(contestant.name).push(figure)
    }
  }
  return figures
}
