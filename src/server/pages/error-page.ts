import { html } from '../../dashboards/html/markup.ts';
import { page } from './layout.ts';

/** What people see when a page cannot be made. */
export function errorPage(status: number, message: string, hint: string | null): string {
  return page(
    `weir: ${status}`,
    html`<main><section class="dashboard"><h1>${status}</h1><pre class="trouble">${message}</pre>${hint === null ? null : html`<p class="about">${hint}</p>`}</section></main>`,
  );
}
