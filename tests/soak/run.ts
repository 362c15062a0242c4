// Minutes of use under kill -9: submits all the while, kills the server every few seconds, lets it rest, and judges everything.
//   bun tests/soak/run.ts [--minutes 3] [--seed 7]

import { parseArgs } from 'node:util';
import { newDataDir, removeDataDir } from '#tests/support/binary.ts';
import { startChecks } from '#tests/support/checks.ts';
import { processesWith } from '#tests/support/processes.ts';
import { debtsOf, fullHouse } from './at-rest.ts';
import { judgeEndings, unfinished, untold } from './endings.ts';
import { lastOf } from './last-of.ts';
import { chanceOf } from './samples.ts';
import { type Attacked, attackedServer } from './server.ts';
import { crowd, type Notes, type Visit, visit } from './visitor.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '3' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const visitors = 4;
const killsPerMinute = 10;
const acceptedPerMinute = 100;
const { check, passed, failed, print, close } = startChecks();

print(`seed ${seed}, ${minutes} minutes`);
const dataDir = await newDataDir();
const mark = `soak-${crypto.randomUUID()}`;
try {
  await soak();
} catch (error) {
  check('the soak came to its end', error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await removeDataDir(dataDir);
}
close();

async function soak(): Promise<void> {
  const server = await attackedServer(dataDir, {});
  const notes: Notes = { accepted: new Map(), perhaps: new Map(), repeated: 0, problems: [] };
  try {
    await attack(server, notes);
    await rest(server, notes);
  } catch (error) {
    print(server.printed().slice(-4_000));
    throw error;
  } finally {
    const code = await server.stop();
    check('the stop is in order', code === 0 ? null : `it ended with ${code}`);
  }
  for (const [name, words] of Object.entries(debtsOf(dataDir))) check(name, words);
  for (const word of [dataDir, mark]) {
    const left = await lastOf(30_000, () => processesWith(word));
    check('no process is left', left.join('\n') || null);
  }
  if (failed() > 0) print(server.printed().slice(-8_000));
}

async function attack(server: Attacked, notes: Notes): Promise<void> {
  const endsAt = performance.now() + minutes * 60_000;
  const goesOn = (): boolean => performance.now() < endsAt;
  let made = 0;
  const visitOf = (name: string): Visit => {
    made += 1;
    return { server, notes, chance: chanceOf(seed + made), name: `${seed}-${name}`, mark, goesOn };
  };
  const chance = chanceOf(seed);
  const crowds: Promise<void>[] = [];
  const killing = async (): Promise<void> => {
    while (goesOn()) {
      await Bun.sleep(chance.between(2_000, 5_000));
      // Some ask in the very moment of the kill, so that answers are lost whose requests may have been accepted.
      crowds.push(crowd(visitOf(`kill-${server.kills()}`), 5));
      await Bun.sleep(chance.between(0, 12));
      await server.killAndRestart();
    }
  };
  const visits = Array.from({ length: visitors }, (_, number) => visit(visitOf(`${number}`)));
  await Promise.all([killing(), ...visits]);
  await Promise.all(crowds);
  const accepted = notes.accepted.size;
  print(`kills ${server.kills()}, accepted ${accepted}, asked again ${notes.repeated}`);
  const enough = (count: number, least: number) =>
    count >= Math.floor(least * minutes) ? null : `only ${count}`;
  check('enough kills', enough(server.kills(), killsPerMinute));
  check('enough runs', enough(accepted, acceptedPerMinute));
  check('some answers were lost', notes.repeated > 0 ? null : 'none');
  check('every request was answered in its way', notes.problems.join('\n') || null);
}

async function rest(server: Attacked, notes: Notes): Promise<void> {
  const client = await server.client();
  const going = await lastOf(120_000, () => unfinished(client));
  check('every run has ended', going.join(', ') || null);
  // The list of events is a projection: it follows.
  await lastOf(15_000, () => untold(client, notes));
  const endings = await judgeEndings(client, notes);
  print(`endings ${JSON.stringify(endings.reasons)}`);
  passed(endings.checked);
  for (const words of endings.problems) check('a run ended as it should', words);
  await fullHouse(client);
  check('every slot is free', null);
  // A run is told as ended before its sandbox is cleared away; a stop in between leaves the rest to the next start.
  await lastOf(15_000, async () => Object.values(debtsOf(dataDir)).filter((words) => words !== null));
}
