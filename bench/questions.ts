/** The six questions of the bench, in weir's language and in the two SQL dialects, over the 14 fields. */
export interface Question {
  readonly key: string;
  readonly text: string;
  /** Stages after the fields are there; names as in the rule. */
  readonly stages: string;
  /** A search expression that the question allows, before the stages. */
  readonly keywords: string;
  /** SQL over a relation `flows` with the text columns of the rule; `{from}` stands for the relation. */
  readonly duckdb: string;
  readonly chdb: string;
}

export const FIELDS = [
  'version',
  'accountID',
  'interfaceID',
  'src_ip',
  'dest_ip',
  'src_port',
  'dest_port',
  'Protocol',
  'Packets',
  'bytes',
  'StartSample',
  'EndSample',
  'Action',
  'status',
];

export const PARSE = `parse "${FIELDS.map(() => '*').join(' ')}" as ${FIELDS.join(', ')}`;

export const QUESTIONS: readonly Question[] = [
  {
    key: 'Q1',
    text: 'count by action',
    keywords: '',
    stages: 'count by Action',
    duckdb: 'SELECT Action, count(*) FROM {from} GROUP BY 1',
    chdb: 'SELECT Action, count() FROM {from} GROUP BY 1',
  },
  {
    key: 'Q2',
    text: 'sum of bytes by source address, top 10',
    keywords: '',
    stages: 'sum(bytes) as total by src_ip | sort by total, src_ip asc | limit 10',
    duckdb:
      'SELECT src_ip, sum(TRY_CAST(bytes AS BIGINT)) AS total FROM {from} GROUP BY 1 ORDER BY total DESC NULLS LAST, src_ip LIMIT 10',
    chdb: 'SELECT src_ip, sum(toInt64OrNull(bytes)) AS total FROM {from} GROUP BY 1 ORDER BY total DESC NULLS LAST, src_ip LIMIT 10',
  },
  {
    key: 'Q3',
    text: 'rejected flows by destination port, top 10',
    keywords: '',
    stages: 'where Action = "REJECT" | count by dest_port | sort by _count, dest_port asc | limit 10',
    duckdb:
      "SELECT dest_port, count(*) AS n FROM {from} WHERE Action = 'REJECT' GROUP BY 1 ORDER BY n DESC, dest_port LIMIT 10",
    chdb: "SELECT dest_port, count() AS n FROM {from} WHERE Action = 'REJECT' GROUP BY 1 ORDER BY n DESC, dest_port LIMIT 10",
  },
  {
    key: 'Q4',
    text: 'count by 15-minute slice and action',
    keywords: '',
    stages: 'timeslice 15m | count by _timeslice, Action',
    duckdb:
      'SELECT (StartSample::BIGINT // 900) * 900000 AS slice, Action, count(*) FROM {from} GROUP BY 1, 2',
    chdb: 'SELECT intDiv(toInt64(StartSample), 900) * 900000 AS slice, Action, count() FROM {from} GROUP BY 1, 2',
  },
  {
    key: 'Q5',
    text: 'one source address',
    keywords: '',
    stages: 'where src_ip = "{address}" | count as n, sum(bytes) as total',
    duckdb: "SELECT count(*), sum(TRY_CAST(bytes AS BIGINT)) FROM {from} WHERE src_ip = '{address}'",
    chdb: "SELECT count(), sum(toInt64OrNull(bytes)) FROM {from} WHERE src_ip = '{address}'",
  },
  {
    key: 'Q6',
    text: 'distinct destinations by port within a CIDR block',
    keywords: '',
    stages:
      'where src_ip matches "10.2.*" | count_distinct(dest_ip) as n by dest_port | sort by n, dest_port asc | limit 10',
    duckdb:
      "SELECT dest_port, count(DISTINCT dest_ip) AS n FROM {from} WHERE src_ip LIKE '10.2.%' GROUP BY 1 ORDER BY n DESC, dest_port LIMIT 10",
    chdb: "SELECT dest_port, uniqExact(dest_ip) AS n FROM {from} WHERE src_ip LIKE '10.2.%' GROUP BY 1 ORDER BY n DESC, dest_port LIMIT 10",
  },
];
