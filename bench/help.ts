/** Tells how a bench is used and ends the process, if that is what was asked for. */
export const helpIfAsked = (usage: string, about: string): void => {
  if (!process.argv.slice(2).some((word) => word === '--help' || word === '-h')) return;
  process.stdout.write(`Usage: ${usage}\n\n${about}\n`);
  process.exit(0);
};
