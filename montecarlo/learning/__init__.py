"""Learning: from the bars of a history to a trained model, and how good it is on days that it has not seen.

scikit-learn and LightGBM are imported where they are used; without the extra ``learning``, everything else works.
"""

from montecarlo.learning.settings import Training as Training
from montecarlo.learning.train import Trained as Trained
from montecarlo.learning.train import train as train
from montecarlo.learning.walk_forward import WalkForward as WalkForward
from montecarlo.learning.walk_forward import walk_forward as walk_forward
