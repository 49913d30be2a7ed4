import { codeOf, reasonOf } from '../engine/reason-of.ts';

/** Where a service of AWS, or one that speaks like it, is. */
export interface ServiceAddress {
  /** Null: as the environment or the user's AWS configuration says. */
  readonly region: string | null;
  /** Null for AWS itself. */
  readonly endpoint: string | null;
}

/** Milliseconds without an answer or a further byte after which a request is given up (and tried again). */
const CONNECT_TIMEOUT = 10_000;
const SILENCE_TIMEOUT = 60_000;

/** The settings that all clients of AWS services share. A service of others needs no region: then any will do. */
export function clientSettings({ region, endpoint }: ServiceAddress) {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  // Without any of these the client looks into the user's AWS configuration.
  const named = region ?? (AWS_REGION || AWS_DEFAULT_REGION || (endpoint === null ? null : 'us-east-1'));
  return {
    ...(named === null ? {} : { region: named }),
    ...(endpoint === null ? {} : { endpoint }),
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT,
      requestTimeout: SILENCE_TIMEOUT,
      throwOnRequestTimeout: true,
      socketTimeout: SILENCE_TIMEOUT,
    },
  };
}

/** What a client of AWS reported, in words for people. */
export function awsMessage(failure: unknown): string {
  const name = failure instanceof Error ? failure.name : '';
  const code = codeOf(failure);
  const text = reasonOf(failure);
  switch (name) {
    case 'NoSuchBucket':
      return 'there is no such bucket';
    case 'AccessDenied':
    case 'AccessDeniedException':
    case 'Forbidden':
    case 'UnauthorizedOperation':
      return `access is denied (${text})`;
    case 'CredentialsProviderError':
      return 'no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role';
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'ExpiredToken':
      return `the AWS credentials are not accepted (${name})`;
    case 'InvalidObjectState':
      return 'it is in an archive and must be restored first';
    case 'TimeoutError':
      return `no answer in time (${text})`;
  }
  if (code === 'ECONNREFUSED') return 'nothing answers at its address';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `its address is not known (${text})`;
  if (/region is missing/i.test(text)) return 'no region is known; say `region:` or set AWS_REGION';
  if (name === '' || name === 'Error') return text === '' ? code || 'no reason given' : text;
  return text === '' || text === 'UnknownError' ? name : `${name}: ${text}`;
}
