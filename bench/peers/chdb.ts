import { query, Session } from 'chdb';

/** Runs the statements given as arguments with two threads and prints the rows of each as a JSON line. */
const directory = process.env.CHDB_DIRECTORY;
const session = directory === undefined ? null : new Session(directory);
for (const statement of process.argv.slice(2)) {
  const text = `${statement} SETTINGS max_threads = 2`;
  const answer =
    session === null ? query(text, 'JSONCompactEachRow') : session.query(text, 'JSONCompactEachRow');
  const rows = String(answer).trim();
  console.log(`[${rows === '' ? '' : rows.split('\n').join(',')}]`);
}
console.error(`peak-rss ${process.resourceUsage().maxRSS}`);
process.exit(0);
