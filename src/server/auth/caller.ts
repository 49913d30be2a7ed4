/** What a key may be used for. `ingest` sends messages, `query` reads, `admin` does everything. */
export const SCOPES = ['ingest', 'query', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who makes a request. */
export interface Caller {
  /** The access id, or null for someone on this machine while no keys are set up, or for open paths. */
  readonly accessId: string | null;
  /** What people called the key; `local` without one. */
  readonly name: string;
  /** Whether the caller may change things. */
  readonly admin: boolean;
}

export const LOCAL: Caller = { accessId: null, name: 'local', admin: true };

/** The caller of a path that is open for everyone. */
export const ANYONE: Caller = { accessId: null, name: 'anyone', admin: false };
