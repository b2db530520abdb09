import { chromium } from '@playwright/test';import fs from 'node:fs';
const D='/tmp/console/shots/';const b=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox','--allow-file-access-from-files']});
const fl=fs.readdirSync(D).filter(f=>f.endsWith('.png')&&!f.startsWith('sheet'));
const mk=async(n,list,w,cols)=>{const p=await b.newPage({viewport:{width:w*cols,height:100}});fs.writeFileSync(D+'s.html',`<body style="margin:0;display:flex;flex-wrap:wrap">${list.map(f=>`<img src="${f}" style="width:${w}px;box-sizing:border-box;border:1px solid red">`).join('')}`);await p.goto('file://'+D+'s.html');await p.screenshot({path:D+n,fullPage:true});await p.close();};
const d=fl.filter(f=>!f.includes('phone')),ph=fl.filter(f=>f.includes('phone'));
for(let k=0;k<d.length;k+=4)await mk(`sheet-d${k/4}.png`,d.slice(k,k+4),960,2);
for(let k=0;k<ph.length;k+=5)await mk(`sheet-p${k/5}.png`,ph.slice(k,k+5),390,5);
await b.close();
