// What runs beside another step is not lost when the run is broken off.
import { expect } from 'chai';
import { keepOutput, printKept } from '../../runner/kept-output.ts';

function printed(): string {
  let text = '';
  printKept((more) => (text += more));
  return text;
}

describe('the output of what runs beside another step', () => {
  afterEach(printed);

  it('is printed when the run is broken off, each under its title and once', () => {
    const part = keepOutput('system, part 2');
    keepOutput('lint (beside lan)').add('ok\n');
    part.add('failed  a test\n');
    part.add('ok  another\n');
    const text = printed();
    expect(text).to.contain('== system, part 2, as far as it came\nfailed  a test\nok  another\n');
    expect(text).to.contain('== lint (beside lan), as far as it came\nok\n');
    expect(printed()).to.equal('');
  });

  it('is not printed again when it was taken, nor when there is none', () => {
    const part = keepOutput('system, part 2');
    keepOutput('system, part 3');
    part.add('ok\n');
    expect(part.take()).to.equal('ok\n');
    expect(printed()).to.equal('');
  });
});
