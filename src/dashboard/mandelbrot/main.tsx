// The entry of the Mandelbrot page: puts it into #page.
import { render } from 'preact';
import { Page } from './page.tsx';
import './style.css';

const place = document.getElementById('page');
if (place !== null) render(<Page />, place);
