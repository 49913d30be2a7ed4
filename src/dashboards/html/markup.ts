/** HTML that is safe to put into a page: made by `html` only. */
export interface Markup {
  readonly markup: string;
}

type Piece = string | number | Markup | null | readonly Markup[];

/** A template whose values are escaped, unless they are markup themselves. Null becomes nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  let text = parts[0]!;
  values.forEach((value, position) => {
    text += pieceText(value) + parts[position + 1]!;
  });
  return { markup: text };
}

function pieceText(piece: Piece): string {
  if (piece === null) return '';
  if (typeof piece === 'string') return escapeText(piece);
  if (typeof piece === 'number') return String(piece);
  if ('markup' in piece) return piece.markup;
  return piece.map(({ markup }) => markup).join('');
}

/** Text for element content and for attribute values in double quotes. Control characters become visible. */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Data for a script of the page: JSON in which no tag can begin or end. */
export function jsonData(value: unknown): Markup {
  const json = JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replace(/[\u2028-\u202e\u2066-\u2069]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`);
  return { markup: `<script type="application/json">${json}</script>` };
}

/** A number for a coordinate: at most two digits after the point. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}
