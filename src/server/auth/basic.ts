/** The two halves of HTTP Basic credentials, or null when the header holds none. */
export function basicCredentials(
  authorization: string | null,
): { readonly accessId: string; readonly accessKey: string } | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '')?.[1];
  return encoded === undefined ? null : credentialPair(Buffer.from(encoded, 'base64').toString('utf8'));
}

/** `accessId:accessKey` in two. */
export function credentialPair(
  text: string,
): { readonly accessId: string; readonly accessKey: string } | null {
  const at = text.indexOf(':');
  return at <= 0 ? null : { accessId: text.slice(0, at), accessKey: text.slice(at + 1) };
}
