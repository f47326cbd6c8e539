// The commands that messages tell people to type.
import { expect } from 'chai';
import { launchedAs } from '../../../../src/common/config/launched-as.ts';
import { searchCommand } from '../../../../src/common/config/search-command.ts';

describe('the command to type next', () => {
  it('is started as this program was', () => {
    for (const [script, doctor, slave] of [
      ['/home/ann/lanyard/slave', './lab doctor', './slave'],
      ['/usr/lib/node_modules/.bin/lanyard', 'lanyard lab doctor', 'lanyard slave'],
      ['C:\\Users\\ann\\npm\\lanyard', 'lanyard lab doctor', 'lanyard slave'],
      ['/tmp/slave.mjs', 'node slave.mjs doctor', 'node slave.mjs'],
      ['', './lab doctor', './slave'],
    ] as const)
      expect([launchedAs('lab doctor', script), launchedAs('slave', script)]).to.deep.equal([doctor, slave]);
  });

  it('is one of a checkout where the single file cannot do it', () => {
    expect(launchedAs('master', '/tmp/slave.mjs')).to.equal('./master');
  });

  it('repeats the options that decide which master is looked for, and no others', () => {
    const usual = { cluster: 'lanyard', discoveryPort: 3000, interfaces: [], master: undefined };
    expect(searchCommand('lab doctor', usual, './slave')).to.equal('./lab doctor');
    const master = { address: 'hall', port: 3001 };
    const given = { cluster: 'blue', discoveryPort: 3001, interfaces: ['eth1', 'Ethernet 2'], master };
    expect(searchCommand('lab doctor', given, './slave')).to.equal(
      './lab doctor --cluster blue --discovery-port 3001 --interface eth1 --interface "Ethernet 2" --master hall',
    );
    expect(searchCommand('slave', { ...usual, master }, './lab')).to.equal('./slave --master hall:3001');
  });
});
