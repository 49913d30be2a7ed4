/** The look of a report. Light and dark by the system's wish, or as chosen on the page. */
export const REPORT_STYLE = `
:root{color-scheme:light;--page:#f5f6f8;--card:#fff;--ink:#1b2430;--soft:#5c6876;--faint:#8a95a3;--rule:#e3e7ec;--grid:#edf0f3;--land:#dde3ea;--accent:#3467c9;
--accept:#2a9184;--reject:#cf5145;--others:#a6afba;
--hue-0:#3467c9;--hue-1:#e0853a;--hue-2:#2a9184;--hue-3:#b9508b;--hue-4:#7d63c7;--hue-5:#7a9a2f;--hue-6:#4ba3c3;--hue-7:#b5852f;--hue-8:#9b5a4a;--hue-9:#5b6f8f;
--shadow:0 1px 2px rgba(20,30,45,.06)}
:root[data-theme=dark]{color-scheme:dark;--page:#11161d;--card:#181f28;--ink:#e4e9ef;--soft:#9aa6b4;--faint:#6f7c8b;--rule:#28313d;--grid:#242c37;--land:#2b3542;--accent:#6b9cf0;
--accept:#48b9a9;--reject:#ea7468;--others:#66717f;
--hue-0:#6b9cf0;--hue-1:#f0a25e;--hue-2:#48b9a9;--hue-3:#de7db2;--hue-4:#a48cec;--hue-5:#a3c452;--hue-6:#74c3df;--hue-7:#d9ad5a;--hue-8:#cd8877;--hue-9:#8fa3c2;--shadow:none}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
header,main,footer,nav{max-width:1680px;margin:0 auto;padding:0 24px}
header.page{display:flex;gap:16px;align-items:center;justify-content:space-between;padding-top:14px}
header.page span{font-weight:650;letter-spacing:.01em;color:var(--soft)}
nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:8px 0 0;padding:0}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
button:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.tool{color:var(--soft);border:1px solid var(--rule);border-radius:6px;padding:3px 10px;font-size:12.5px;background:var(--card)}
.tool:hover{color:var(--ink)}
section.dashboard{padding:18px 0 34px}
h1{font-size:21px;line-height:1.25;font-weight:650;margin:0;letter-spacing:-.01em}
.about{color:var(--soft);margin:5px 0 0;max-width:88ch}
.facts{display:flex;flex-wrap:wrap;gap:6px;margin:12px 0 16px;padding:0;list-style:none;font-size:12.5px;color:var(--soft)}
.facts li{background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:2px 9px}
.facts b{color:var(--ink);font-weight:550}
.grid{display:grid;grid-template-columns:repeat(24,minmax(0,1fr));grid-auto-rows:31px;gap:12px}
.panel{grid-column:calc(var(--x) + 1)/span var(--w);grid-row:calc(var(--y) + 1)/span var(--h);background:var(--card);border:1px solid var(--rule);border-radius:9px;box-shadow:var(--shadow);display:flex;flex-direction:column;min-width:0;min-height:0;padding:12px 14px 10px;overflow:hidden}
.panel>header{position:relative;padding:0;margin:0 0 6px;display:flex;gap:8px;align-items:baseline;max-width:none}
.panel h2{font-size:13.5px;font-weight:600;margin:0;flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.panel>header button{position:absolute;right:0;top:1px;padding-left:10px;background:var(--card);font-size:11.5px;color:var(--faint);opacity:0}
.panel:hover>header button,.panel>header button:focus-visible{opacity:1}.panel>header button:hover{color:var(--ink)}
.body{flex:1;min-height:0;display:flex;flex-direction:column;position:relative}
.body[hidden]{display:none}
.note{margin:6px 0 0;font-size:11.5px;color:var(--faint)}
.warn{color:var(--soft)}
.failed,.nothing{margin:auto;text-align:center;color:var(--faint);max-width:60ch}
.failed b{color:var(--reject);display:block;font-weight:600;margin-bottom:4px;white-space:pre-wrap;overflow-wrap:anywhere}
.words{white-space:pre-wrap;overflow:auto}
.timeline{flex:1;min-height:0;padding:6px 6px 20px calc(var(--gutter)*.82 + 10px);font-size:11.5px;color:var(--soft)}
.plot{position:relative;height:100%}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.plot .y{position:absolute;right:calc(100% + 8px);transform:translateY(-50%);white-space:nowrap}
.plot .x{position:absolute;top:calc(100% + 4px);transform:translateX(-50%);white-space:nowrap}
.grid line{vector-effect:non-scaling-stroke}
line.grid{stroke:var(--grid);stroke-width:1;vector-effect:non-scaling-stroke;display:inline}
path.line{fill:none;stroke-width:1.8;vector-effect:non-scaling-stroke;stroke-linejoin:round}
path.earlier{stroke-width:1.1;opacity:.62}
path.band{fill-opacity:.78;stroke-width:.6;vector-effect:non-scaling-stroke}
.cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--faint);pointer-events:none}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;list-style:none;margin:4px 0 0;padding:0;font-size:11.5px;color:var(--soft);max-height:38px;overflow:auto}
.legend li{display:flex;align-items:center;gap:5px}
.legend i,.pie li i,.tip i{width:9px;height:9px;border-radius:2.5px;flex:none;display:inline-block}
.barlist{flex:1;min-height:0;overflow:auto;align-content:space-evenly;list-style:none;margin:0;padding:0;display:grid;grid-template-columns:minmax(0,max-content) minmax(0,1fr);gap:1px 10px;grid-auto-rows:minmax(15px,auto)}
.barlist li{display:contents}
.barlist .name{line-height:15px;max-width:24ch;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;align-self:center;font-size:12.5px;text-align:right;color:var(--soft)}
.bars{align-self:center;min-width:0}
.bar{line-height:15px;display:flex;align-items:center;gap:7px;min-width:0;padding-right:62px}
.bar i{height:11px;border-radius:0 3px 3px 0;min-width:2px;flex:none;max-width:100%}
.bar b{font-weight:500;font-size:12px;white-space:nowrap}
.bars .bar+.bar{margin-top:2px}
.pie{flex:1;min-height:0;display:flex;gap:18px;align-items:center;justify-content:center}
.pie svg{height:100%;max-height:260px;min-width:0;flex:0 1 46%}
.pie path{stroke:var(--card);stroke-width:1.4}
.pie text{text-anchor:middle;fill:var(--ink)}.pie .total{font-size:24px;font-weight:600}.pie .of{font-size:12px;fill:var(--faint)}
.pie ul{list-style:none;margin:0;padding:0;min-width:0;flex:0 1 auto;max-height:100%;overflow:auto;display:grid;grid-template-columns:auto minmax(0,1fr) auto auto;gap:3px 9px;font-size:12.5px}
.pie li{display:contents}.pie li i{align-self:center}.pie li .name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.pie li b{font-weight:500;text-align:right;white-space:nowrap}.pie li em{font-style:normal;color:var(--faint);text-align:right;white-space:nowrap}
.value{flex:1;min-height:0;display:flex;flex-direction:column}
.value p{flex:1;margin:0;display:flex;align-items:center}
.value strong{font-size:40px;line-height:1;font-weight:620;letter-spacing:-.02em}
.value small{font-size:.55em;font-weight:550;color:var(--soft);margin-left:.18em;letter-spacing:0}
.spark{height:46%;width:calc(100% + 28px);margin:0 -14px -10px;color:var(--accent)}
.spark .line{stroke:currentColor;stroke-width:1.5}.spark .under{fill:currentColor;opacity:.13}
.panel[data-tone=accept] .spark{color:var(--accept)}.panel[data-tone=reject] .spark{color:var(--reject)}
.map{flex:1;min-height:0;display:flex}
.map svg{width:100%;height:100%}
.land{fill:var(--land)}
.map circle{fill:var(--accent);fill-opacity:.42;stroke:var(--accent);stroke-opacity:.85;stroke-width:.9}
.map circle:hover{fill-opacity:.8}
.symbols{position:absolute;width:0;height:0}
.table{flex:1;min-height:0;overflow:auto;margin:0 -14px;scrollbar-gutter:stable}
table{border-collapse:collapse;width:100%;font-size:12.5px}
th{position:sticky;top:0;background:var(--card);text-align:left;font-weight:600;color:var(--soft);box-shadow:inset 0 -1px var(--rule);padding:3px 14px 5px;white-space:nowrap}
th[aria-sort=ascending] button:after{content:" \\2191"}th[aria-sort=descending] button:after{content:" \\2193"}
td{padding:3px 14px;border-top:1px solid var(--grid);max-width:44ch;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
tr:hover td{background:var(--page)}
.number{text-align:right}.none{color:var(--faint)}
.tip{position:fixed;z-index:9;pointer-events:none;background:var(--ink);color:var(--card);border-radius:6px;padding:6px 9px;font-size:12px;max-width:340px;white-space:pre-wrap;overflow-wrap:anywhere;box-shadow:0 4px 14px rgba(0,0,0,.22)}
.tip div{display:flex;gap:6px;align-items:center}.tip div b{margin-left:auto;padding-left:14px;font-weight:600;white-space:nowrap}
footer{padding-bottom:28px;font-size:12px;color:var(--faint)}
@media(max-width:1100px){.grid{grid-template-columns:repeat(2,minmax(0,1fr));grid-auto-rows:auto}.panel{grid-column:span 2;grid-row:auto;height:calc(var(--h)*43px - 12px)}.panel[data-half]{grid-column:span 1}}
@media(max-width:680px){header,main,footer,nav{padding:0 12px}.panel,.panel[data-half]{grid-column:span 2}.pie{flex-direction:column}}
@media print{body{background:#fff}.panel{break-inside:avoid;box-shadow:none}.tool,.panel>header button{display:none}}
`;
