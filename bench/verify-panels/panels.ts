/** A panel's result in SQL over the views of `database.ts`, and how its rows are to be compared. */
export interface Panel {
  /** Columns named and ordered as the query's result must be. */
  readonly sql: string;
  /** The column by which rows must descend. */
  readonly descending?: string;
  /** At most so many rows: the first by `descending`; `sql` gives all of them. */
  readonly top?: number;
  /** `sql` gives row, column and cell: the query spreads the columns. */
  readonly spread?: true;
  /** Moves of the range, in days, whose `sql` (row and one cell) gives further columns. */
  readonly shifts?: readonly number[];
}

const A = 'accepted';
const R = 'rejected';
const TCP = 'tcp';
const SLICE_15 = '(time // 900000 * 900000)::DOUBLE';
const SLICE_5 = '(time // 300000 * 300000)::DOUBLE';

const counts = (column: string, where: string, name = '_count'): Panel => ({
  sql: `SELECT ${column}, count(*)::DOUBLE AS "${name}" FROM flow WHERE ${where} GROUP BY ALL`,
});
const sums = (column: string, where: string, name: string, of = 'bytes'): Panel => ({
  sql: `SELECT ${column}, sum(number(${of})) AS "${name}" FROM flow WHERE ${where} GROUP BY ALL`,
});
const sorted = (panel: Panel, descending: string): Panel => ({ ...panel, descending });
const top = (panel: Panel, descending: string, count: number): Panel => ({
  ...panel,
  descending,
  top: count,
});

const perSlice = (where: string, slice: string, name: string) =>
  sorted(counts(`${slice} AS _timeslice`, where, name), '_timeslice');

const threatHits = (address: string) =>
  perSlice(
    `${address} <> '-' AND ${address}_public
     AND ${address} IN (SELECT threat FROM threats WHERE type = 'ip_address')`,
    SLICE_15,
    'ThreatCount',
  );

/** Counts by slice and action of the flows whose address the feed knows. */
const threatsByAction = (address: string): Panel => ({
  sql: `SELECT ${SLICE_5} AS _timeslice, action, count(*)::DOUBLE AS "count" FROM flow
        JOIN threats ON threat = ${address} AND type = 'ip_address' GROUP BY ALL`,
  spread: true,
});

const threatMap = (where: string, address: string): Panel => ({
  sql: `SELECT latitude, longitude, label_name, threat_last_updated, count(*)::DOUBLE AS _count
        FROM flow JOIN threats ON threat = ${address} AND type = 'ip_address'
        JOIN located ON located.address = ${address}
        WHERE ${where} AND latitude IS NOT NULL GROUP BY ALL`,
});

const addressMap = (address: string, name: string): Panel => ({
  sql: `SELECT ${address} AS "${name}", count(*)::DOUBLE AS _count,
          latitude, longitude, country_code, country_name, region, city, postal_code
        FROM flow LEFT JOIN located ON located.address = ${address}
        WHERE ${A} AND ${address} <> '-' AND ${address}_public GROUP BY ALL`,
});

const threatTable = (where: string): Panel => ({
  sql: `SELECT interface AS "interfaceID", account AS "accountID",
          source || ' : ' || source_port AS src, destination || ' : ' || destination_port AS dest,
          protocol AS "Protocol", threatlevel AS malicious_confidence, label_name,
          threat_malware_families, threat_last_updated, count(*)::DOUBLE AS "count"
        FROM flow JOIN threats ON threat = source AND type = 'ip_address'
        WHERE ${where} AND threatlevel = 'high' GROUP BY ALL`,
});

/** Megabytes by address, the ten largest; all columns of the group stay. */
const megabytes = (where: string, address: string, name: string): Panel =>
  top(
    {
      sql: `SELECT *, bytes / 1048576 AS "MB" FROM
        (SELECT ${address} AS "${name}", sum(number(bytes)) AS bytes FROM flow WHERE ${where} GROUP BY ALL)`,
    },
    'MB',
    10,
  );

const INBOUND = `source <> '-' AND source_public`;
const OUTBOUND = `destination <> '-' AND destination_public`;
const INTERNAL = `destination <> '-' AND source <> '-' AND destination_private AND source_private`;

const SOURCE = 'source AS "srcDevice_ip"';
const DESTINATION = 'destination AS "dstDevice_ip"';
const PORT = 'destination_port AS "dest_port"';
const INTERFACE = 'interface AS "interfaceID"';
const ACCOUNT = 'account AS "accountID"';

/** Organisations of destinations, from the narrowest network. */
const withOrganization = (columns: string, where: string, measure: string): Panel => ({
  sql: `SELECT ${columns}, ${measure} FROM flow LEFT JOIN owned ON owned.address = destination
        WHERE ${where} GROUP BY ALL`,
});

/** The panels of the app by the identity of their query in the corpus; written from what each panel shows. */
export const panels: ReadonlyMap<string, Panel> = new Map<string, Panel>([
  // Accepts and rejects
  ['2dc6b264548a', { ...sums(`${SLICE_5} AS _timeslice, ${PORT}`, A, 'total_bytes'), spread: true }],
  [
    'fc041cbaf90f',
    {
      sql: `SELECT coalesce(keyword, protocol) AS "Protocol", sum(number(bytes)) AS _sum
            FROM flow LEFT JOIN protocols ON "decimal" = protocol WHERE ${A} GROUP BY protocol, keyword`,
    },
  ],
  [
    '9709133e8dde',
    withOrganization(
      `asn, ${PORT}`,
      `${A} AND ${TCP} AND ${OUTBOUND}`,
      'count(*)::DOUBLE AS "dest_port_count"',
    ),
  ],
  ['8bcc29551135', sorted(counts(ACCOUNT, R, 'Records'), 'Records')],
  [
    '600648955f77',
    { ...sums(`${SLICE_5} AS _timeslice, ${PORT}`, R, 'total_packets', 'packets'), spread: true },
  ],
  ['7f74f76285a6', sorted(counts(INTERFACE, R, 'Records'), 'Records')],
  ['e410060a9d21', threatMap(`${A} AND ${INBOUND}`, 'source')],
  ['0095a3a19960', threatMap(`${R} AND ${INBOUND}`, 'source')],
  ['7919ed6fc094', threatTable(A)],
  ['3f470e3d7fad', threatTable(R)],
  ['cd4345fd8b7f', top(counts(DESTINATION, A), '_count', 20)],
  ['e348701ef496', top(counts(SOURCE, A), '_count', 20)],
  ['3cee0db1bd73', top(counts(DESTINATION, R), '_count', 20)],
  ['382adcc3b0c9', top(counts(SOURCE, R), '_count', 20)],
  // Overview
  ['2f1241e8bc8f', perSlice(A, SLICE_15, 'RecordCount')],
  ['4ee915161436', perSlice(R, SLICE_15, 'RecordCount')],
  ['9c898fc3e353', threatHits('source')],
  ['52715d1980d0', threatHits('destination')],
  ['85e1ea90b991', threatsByAction('source')],
  ['de6e07d47bf0', threatsByAction('destination')],
  ['873ca0ace9ce', threatMap(`${A} AND ${INBOUND}`, 'source')],
  ['b985fa673aee', threatMap(`${A} AND ${OUTBOUND}`, 'destination')],
  ['ed0cdaaa324d', addressMap('source', 'srcDevice_ip')],
  ['5b509637cea6', addressMap('destination', 'dstDevice_ip')],
  ['2ffa95aff1f5', { ...sums(`${SLICE_5} AS _timeslice`, A, 'total_bytes'), shifts: [1, 2, 3] }],
  ['3aa3e7c0d447', { ...sums(`${SLICE_5} AS _timeslice`, R, 'total_records', 'packets'), shifts: [1, 2, 3] }],
  [
    '7e6125ea65c7',
    sorted(counts(PORT, `${A} AND ${TCP} AND ${OUTBOUND}`, 'dest_port_count'), 'dest_port_count'),
  ],
  ['2ac605966d14', counts(PORT, `${A} AND ${TCP} AND ${INTERNAL}`, 'dest_port_count')],
  [
    '4fb59e3c6c2e',
    sorted(counts(PORT, `${R} AND ${TCP} AND ${OUTBOUND}`, 'dest_port_count'), 'dest_port_count'),
  ],
  [
    '67e8c1c413ef',
    sorted(
      withOrganization(
        `asn, organization, ${PORT}`,
        `${A} AND ${TCP} AND ${OUTBOUND} AND source_private`,
        'count(*)::DOUBLE AS "dest_port_count"',
      ),
      'dest_port_count',
    ),
  ],
  [
    '2a00d0e04ef1',
    withOrganization(`asn, ${PORT}`, `${A} AND ${OUTBOUND}`, 'sum(number(bytes)) AS "dest_port_bytes"'),
  ],
  [
    '356380b0e6c5',
    sums(
      ACCOUNT,
      `${A} AND ${TCP} AND destination <> '-' AND source <> '-' AND (destination_public OR source_public)`,
      'account_id_bytes',
    ),
  ],
  ['3fe17cc1997a', sorted(sums(INTERFACE, `${A} AND ${INTERNAL}`, 'bytes_sum'), 'bytes_sum')],
  [
    '21f3037c25c2',
    sorted(sums(`${INTERFACE}, ${DESTINATION}`, `${A} AND ${INTERNAL}`, 'bytes_sum'), 'bytes_sum'),
  ],
  ['7322ca318d70', sorted(counts(`${INTERFACE}, ${PORT}`, `${A} AND ${INTERNAL}`), '_count')],
  ['2e58848c6cac', sorted(counts(`${INTERFACE}, ${PORT}`, `${A} AND ${OUTBOUND}`), '_count')],
  ['a438d750d935', sorted(counts(`${INTERFACE}, ${DESTINATION}`, R), '_count')],
  // Traffic direction
  ['37920d4bf213', perSlice(`${A} AND ${INBOUND}`, SLICE_5, '_count')],
  ['60105920eb9b', perSlice(`${R} AND ${INBOUND}`, SLICE_5, '_count')],
  ['6ce57ba6f46e', threatMap(`${A} AND ${INBOUND}`, 'source')],
  // Looks up the source although it filters by the destination.
  ['b4ff853d0737', threatMap(`${A} AND ${OUTBOUND}`, 'source')],
  ['a170b72d1527', perSlice(`${A} AND ${OUTBOUND}`, SLICE_5, '_count')],
  ['243cc2a3bad1', perSlice(`${R} AND ${OUTBOUND}`, SLICE_5, '_count')],
  ['0828983aa1de', megabytes(INBOUND, 'destination', 'dstDevice_ip')],
  ['7ef910ff06a0', megabytes(INBOUND, 'source', 'srcDevice_ip')],
  ['dc90b8f04caf', megabytes(OUTBOUND, 'destination', 'dstDevice_ip')],
  ['c5315f76af45', megabytes(OUTBOUND, 'source', 'srcDevice_ip')],
  ['c128fd6ed20d', top(counts(PORT, `${INBOUND} AND destination_port <> '-'`, 'Records'), 'Records', 10)],
  ['6fc9d41bc18e', top(counts(PORT, `${OUTBOUND} AND destination_port <> '-'`, 'Records'), 'Records', 10)],
]);
