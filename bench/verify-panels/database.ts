import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Material } from './logs.ts';

/** How the time of a line is found: by the fields of a flow record, or by the place of two long numbers. */
export type Clock = 'record' | 'locator';

export type Row = Readonly<Record<string, unknown>>;

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';

/** `10.0.0.0/8` as a condition on the number of an address. */
function within(networks: readonly string[]): string {
  const conditions = networks.map((network) => {
    const [base = '', bits = ''] = network.split('/');
    const low = base.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    return `(address_number(x) BETWEEN ${low} AND ${low + 2 ** (32 - Number(bits)) - 1})`;
  });
  return conditions.join(' OR ');
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
const RESERVED = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Predicates are null for anything but a dotted IPv4 address, so WHERE drops the row. */
const MACROS = `
  CREATE MACRO is_v4(x) AS coalesce(regexp_full_match(x, '(${OCTET}\\.){3}${OCTET}'), false);
  CREATE MACRO address_number(x) AS CASE WHEN is_v4(x) THEN
    TRY_CAST(split_part(x, '.', 1) AS BIGINT) * 16777216 + TRY_CAST(split_part(x, '.', 2) AS BIGINT) * 65536 +
    TRY_CAST(split_part(x, '.', 3) AS BIGINT) * 256 + TRY_CAST(split_part(x, '.', 4) AS BIGINT) END;
  CREATE MACRO private(x) AS (${within(PRIVATE)});
  CREATE MACRO public(x) AS NOT (${within([...PRIVATE, ...RESERVED])});
  CREATE MACRO number(x) AS TRY_CAST(x AS DOUBLE);
  CREATE MACRO has_word(x, word) AS regexp_matches(x, '(^|[^\\pL\\pN_])' || word || '($|[^\\pL\\pN_])', 'i');
`;

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const csv = (path: string) =>
  `read_csv(${quoted(path)}, header = true, all_varchar = true, quote = '"', escape = '"')`;

/**
 * The text of a flow record inside a line, its words, and the time of the line in milliseconds.
 */
function lines(files: readonly string[], clock: Clock): string {
  const located = `regexp_extract(raw, '\\s(\\d{10,13})\\s\\d{10,13}', 1)`;
  const word = (at: number) => `list_filter(string_split_regex(record, '\\s+'), word -> word <> '')[${at}]`;
  const stamp =
    clock === 'locator'
      ? located
      : `CASE WHEN regexp_full_match(${word(11)}, '\\d{10}') AND regexp_full_match(${word(12)}, '\\d{10}')
         THEN ${word(11)} ELSE ${located} END`;
  return `
    CREATE TABLE lines AS
    WITH text AS (
      SELECT unnest(string_split(content, chr(10))) AS raw FROM read_text([${files.map(quoted).join(', ')}])
    ), records AS (SELECT raw, ${RECORD} AS record FROM text WHERE raw <> '')
    SELECT raw, string_split(record, ' ') AS words, TRY_CAST(${stamp} AS BIGINT) * 1000 AS time FROM records`;
}

/** The flow record inside the text `raw`. */
const RECORD = `CASE WHEN raw[1:1] <> '{' THEN raw
  WHEN json_valid(raw) THEN json_extract_string(raw, '$.message') END`;

const COLUMNS = [
  'version',
  'account',
  'interface',
  'source',
  'destination',
  'source_port',
  'destination_port',
  'protocol',
  'packets',
  'bytes',
  'started',
  'ended',
  'action',
];

/** Per address that occurs, the row of the narrowest network of `table` that holds it. */
const nearest = (name: string, table: string, columns: readonly string[]) => `
  CREATE TABLE ${name} AS
  WITH addresses AS MATERIALIZED (
    SELECT address, address_number(address) AS number
    FROM (SELECT DISTINCT unnest([source, destination]) AS address FROM record)
  ),
  networks AS MATERIALIZED (
    SELECT *, address_number(split_part(network, '/', 1)) AS low, split_part(network, '/', 2)::INT AS bits
    FROM ${table} WHERE is_v4(split_part(network, '/', 1))
  )
  SELECT address, ${columns.map((column) => `arg_max(${column}, bits) AS ${column}`).join(', ')}
  FROM addresses JOIN networks ON number >> (32 - bits) = low >> (32 - bits)
  GROUP BY address`;

/** The narrow face of DuckDB that the checks use. */
export interface Database {
  /** Whether records are read anew by every query. */
  readonly stored: boolean;
  rows(sql: string): Promise<readonly Row[]>;
}

const FIELDS = COLUMNS.map((column, at) => `words[${at + 1}] AS ${column}`).join(', ');

/** What panels ask of a record, from the words that they name: in `raw` and in the fields. */
const TESTS = `
  action = 'ACCEPT' AND has_word(raw, 'accept') AS accepted,
  action = 'REJECT' AND has_word(raw, 'reject') AS rejected,
  protocol = '6' AND has_word(raw, '6') AS tcp,
  public(source) AS source_public, private(source) AS source_private,
  public(destination) AS destination_public, private(destination) AS destination_private`;

/** Loads the lines and tables into DuckDB, from the files as they are. */
export async function openDatabase(material: Material, protocols: string, clock: Clock): Promise<Database> {
  return await open(material, protocols, false, [
    lines(material.logs, clock),
    `CREATE TABLE record AS SELECT *, ${TESTS} FROM
       (SELECT raw, time, ${FIELDS} FROM lines WHERE len(words) >= 14)`,
  ]);
}

/** Writes the texts and times of the lines into a Parquet file. */
export async function storeLines(material: Material, parquet: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(lines(material.logs, 'record'));
  await connection.run(
    `COPY (SELECT raw, time FROM lines ORDER BY time) TO ${quoted(parquet)} (FORMAT parquet, COMPRESSION zstd)`,
  );
}

/**
 * A database over such a file, as one makes it for speed: the texts are split once into typed columns, an
 * address is judged once however often it occurs, and a word that a field has is not looked for in the text.
 */
export async function openStored(parquet: string, material: Material, protocols: string): Promise<Database> {
  return await open(material, protocols, true, [
    `CREATE TEMP TABLE split AS SELECT * REPLACE (number(packets) AS packets, number(bytes) AS bytes) FROM
       (SELECT time, ${FIELDS} FROM (SELECT time, string_split(${RECORD}, ' ') AS words
          FROM read_parquet(${quoted(parquet)})) WHERE len(words) >= 14)`,
    `CREATE TEMP TABLE judged AS SELECT address, public(address) AS public, private(address) AS private FROM
       (SELECT DISTINCT unnest([source, destination]) AS address FROM split)`,
    `CREATE TEMP TABLE record AS SELECT split.*,
       action = 'ACCEPT' AS accepted, action = 'REJECT' AS rejected, protocol = '6' AS tcp,
       sources.public AS source_public, sources.private AS source_private,
       destinations.public AS destination_public, destinations.private AS destination_private
     FROM split LEFT JOIN judged AS sources ON sources.address = source
       LEFT JOIN judged AS destinations ON destinations.address = destination`,
  ]);
}

async function open(
  material: Material,
  protocols: string,
  stored: boolean,
  records: readonly string[],
): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:', { threads: stored ? '2' : '1' });
  const connection: DuckDBConnection = await instance.connect();
  const statements = [
    MACROS,
    ...records,
    `CREATE TABLE protocols AS SELECT "Decimal" AS "decimal", "Keyword" AS keyword FROM ${csv(protocols)}`,
    // Labels as the panels show them: slashes as arrows, quotes as spaces.
    `CREATE TABLE threats AS SELECT threat, type, threatlevel,
       CASE WHEN len(families) > 0 THEN to_json(families)::VARCHAR END AS threat_malware_families,
       CASE WHEN len(labels) > 0 THEN
         replace(replace(to_json(labels)::VARCHAR, '/', '->'), '"', ' ') END AS label_name,
       strftime(make_timestamp(updated * 1000000), '%m-%d-%Y') AS threat_last_updated
     FROM (SELECT *, json_extract(raw, '$.malware_families[*]') AS families,
       json_extract(raw, '$.labels[*].name') AS labels,
       TRY_CAST(json_extract_string(raw, '$.last_updated') AS BIGINT) AS updated FROM ${csv(material.threats)})`,
    `CREATE TABLE locations AS SELECT * REPLACE (latitude::DOUBLE AS latitude, longitude::DOUBLE AS longitude)
     FROM ${csv(material.locations)}`,
    `CREATE TABLE organizations AS SELECT * FROM ${csv(material.organizations)}`,
    nearest('located', 'locations', [
      'latitude',
      'longitude',
      'country_code',
      'country_name',
      'region',
      'city',
      'postal_code',
    ]),
    nearest('owned', 'organizations', ['asn', 'organization']),
  ];
  for (const statement of statements) await connection.run(statement);
  return {
    stored,
    async rows(sql) {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowObjectsJson() as Row[];
    },
  };
}

/** The condition that a value of a panel's variable states: `*` stands for any text. */
function globCondition(column: string, glob: string): string {
  if (glob === '*') return `${column} IS NOT NULL`;
  const pattern = glob
    .split('*')
    .map((part) => part.replace(/[^\w-]/g, '\\$&'))
    .join('.*');
  return `regexp_full_match(${column}, ${quoted(pattern)}, 's')`;
}

const VARIABLES: ReadonlyMap<string, string> = new Map([
  ['accountID', 'account'],
  ['interfaceID', 'interface'],
  ['srcDevice_ip', 'source'],
  ['dstDevice_ip', 'destination'],
  ['dest_port', 'destination_port'],
  ['src_port', 'source_port'],
]);

/** Makes `flow` the records of a range (ms, end exclusive) that the variables let through, kept or looked for by every query. */
export async function chooseFlows(
  database: Database,
  range: { readonly from: number; readonly to: number },
  variables: ReadonlyMap<string, string>,
): Promise<void> {
  const conditions = [...VARIABLES].map(([name, column]) =>
    globCondition(column, variables.get(name) ?? '*'),
  );
  await database.rows(
    `CREATE OR REPLACE TEMP ${database.stored ? 'VIEW' : 'TABLE'} flow AS SELECT * FROM record
     WHERE time >= ${range.from} AND time < ${range.to} AND ${conditions.join(' AND ')}`,
  );
}
