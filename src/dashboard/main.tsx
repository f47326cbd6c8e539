// The dashboard's entry: puts the page into #page.
import { render } from 'preact';
import { App } from './app.tsx';
import './style.css';

const place = document.getElementById('page');
if (place !== null) render(<App />, place);
