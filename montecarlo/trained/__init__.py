"""Trained models: numbers that say, from the last closes, whether a trade is likely to reach its target.

What is here reads and uses them, and needs NumPy alone; ``montecarlo.learning`` makes them.
"""

from montecarlo.trained.barrier import Barrier as Barrier
from montecarlo.trained.classifiers import Classifier as Classifier
from montecarlo.trained.classifiers import Logistic as Logistic
from montecarlo.trained.classifiers import Trees as Trees
from montecarlo.trained.decisions import decided as decided
from montecarlo.trained.decisions import decisions as decisions
from montecarlo.trained.features import feature_names as feature_names
from montecarlo.trained.features import features as features
from montecarlo.trained.forecast import Forecast as Forecast
from montecarlo.trained.model import TrainedModel as TrainedModel
from montecarlo.trained.model import TrainedOn as TrainedOn
from montecarlo.trained.skill import Skill as Skill
