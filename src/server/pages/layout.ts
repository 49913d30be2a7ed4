import { html, type Markup } from '../../dashboards/html/markup.ts';

/** A page of ours: one style sheet, one script, nothing inline. */
export function page(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/assets/weir.css">
<script src="/assets/weir.js" defer></script>
</head>
<body>
<header class="page"><nav aria-label="weir"><ul><li><a href="/">weir</a></li><li><a href="/search">Search</a></li></ul></nav><button type="button" class="tool" id="theme">Light / dark</button></header>
${body}
</body>
</html>
`.markup;
}
