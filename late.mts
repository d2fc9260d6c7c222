import { readFileSync } from 'node:fs';
import { endingOf } from './test/bench/endpointing/ending.ts';
const load=(fs:string[])=>fs.flatMap(f=>JSON.parse(readFileSync(f,'utf8')));
const T=load(process.argv.slice(2));
// model of best(): at end, if not understood: pairs end at the hearing events; a new pair begins only if it is expected to end within the limit; resolves at isEnough, or when no pair may begin, or at the limit
for(const limit of [150,200,240,300]){ let right=0,n=0; const first:number[]=[]; let und=0;
for(const t of T){ const e=endingOf(t,'normal',true); if(e.afterMs===undefined) continue; n++; const s=t.utterance.speechEndsAtMs; const E=s+e.afterMs-10; const ev=t.whole.found.filter((x:any)=>'hearings' in x).map((h:any)=>({at:h.atMs,u:Math.max(...h.hearings.map((y:any)=>y.understood??0)),c:h.hearings.length}));
 let done=E; const before=ev.filter((x:any)=>x.at<=E).at(-1); let u=before?.u??0; if(u<.9){ let prev=before?.at??E; for(const x of ev.filter((x:any)=>x.at>E)){ const dur=x.at-prev; const started=prev; if(started>E && started+dur>E+limit) break; if(x.at>E+limit){ done=E+limit; break;} done=x.at; u=x.u; prev=x.at; if(u>=.9) break; } }
 if(u>=.9) und++; first.push(done-s+10+75); }
 first.sort((a,b)=>a-b); console.log(limit,'n',n,'understood',und,(100*und/n).toFixed(1),'first p45',Math.round(first[Math.floor(.45*n)]),'p50',Math.round(first[Math.floor(.5*n)]),'p55',Math.round(first[Math.floor(.55*n)]),'p60',Math.round(first[Math.floor(.6*n)]),'p65',Math.round(first[Math.floor(.65*n)]),'p95',Math.round(first[Math.floor(.95*n)])); }
