import { startSimulatedHome } from '../support/simulator/simulated-home';
import { endToEnd } from './end-to-end';

endToEnd('simulator', () => startSimulatedHome({ home: 'small', seed: 3, startSeconds: 1 }), 0.4);
