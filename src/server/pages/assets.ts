import { REPORT_SCRIPT } from '../../dashboards/html/script.ts';
import { REPORT_STYLE } from '../../dashboards/html/style.ts';
import { send } from '../http/respond.ts';
import type { Route } from '../http/routes.ts';

/** What the pages of the server need besides what a report needs. */
const PAGE_STYLE = `
header.page nav{margin:0;padding:0}header.page nav ul{margin:0}
form.controls{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:end;margin:14px 0 4px}
form.controls label{display:flex;flex-direction:column;gap:2px;font-size:12px;color:var(--soft)}
input,select,textarea{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:5px 8px}
textarea{width:100%;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px;min-height:92px}
form.controls label.query{flex:1 1 100%}
form.controls button{border:1px solid var(--rule);border-radius:6px;padding:5px 16px;background:var(--accent);color:#fff}
pre.trouble{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--rule);border-radius:9px;padding:12px 14px;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace}
ul.list{list-style:none;margin:14px 0;padding:0;display:grid;gap:10px}
ul.list li{background:var(--card);border:1px solid var(--rule);border-radius:9px;padding:12px 14px}
.results{background:var(--card);border:1px solid var(--rule);border-radius:9px;padding:12px 14px;margin:14px 0;overflow:auto}
`;

/** Ctrl-Enter in the query box runs the query. */
const PAGE_SCRIPT = `
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  if (event.target instanceof HTMLTextAreaElement) event.target.form.requestSubmit();
});
`;

/** The style sheet and the script of the pages. They hold no data, so everyone may read them. */
export function assetRoutes(): readonly Route[] {
  const route = (path: string, type: string, text: string): Route => ({
    method: 'GET',
    path,
    scope: null,
    errors: 'text',
    handle: async (exchange) => send(exchange, 200, type, text, { 'cache-control': 'no-cache' }),
  });
  return [
    route('/assets/weir.css', 'text/css; charset=utf-8', REPORT_STYLE + PAGE_STYLE),
    route('/assets/weir.js', 'text/javascript; charset=utf-8', REPORT_SCRIPT + PAGE_SCRIPT),
  ];
}
