import { DuckDBInstance } from '@duckdb/node-api';

/** Runs the statements given as arguments with two threads and prints the rows of each as a JSON line. */
const instance = await DuckDBInstance.create(process.env.DUCKDB_FILE ?? ':memory:', { threads: '2' });
const connection = await instance.connect();
for (const statement of process.argv.slice(2)) {
  const result = await connection.runAndReadAll(statement);
  console.log(JSON.stringify(result.getRowsJson()));
}
console.error(`peak-rss ${process.resourceUsage().maxRSS}`);
process.exit(0);
