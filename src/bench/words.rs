//! What the report's words mean, for readers.

/// How verdicts are found.
pub(super) const RULE: &str = "Rows that are *not reported* in the column *paper* are controls and \
     questions of ours; the direction of the others is the paper's. The gates of .2, 3, 2 and 5 points and \
     .1 are ours. An interval has two parts, added in quadrature: the seeds' (Student's t: 4.3 standard errors with three) and \
     the held-out things' (bootstrap; two networks are taken as independent, which is too wide). A claim \
     holds when its whole interval meets the gate, does not hold when none of it does, and is undecided \
     otherwise. It is undecided as well with one seed; where there is no room (the control is so high that \
     the largest possible number decides nothing); and, that z_AGG has less of the first action, where \
     even a pair of z has less than .1. A narrow interval about a gate of 0 is undecided too: it says that \
     there is no difference of that size. *Untrained* is the same number for networks before training: a \
     claim that they meet as well is not training's doing. C9 takes the smallest of several leads, which \
     is lower than any of them is expected to be; nothing corrects for asking many claims at once.";

/// What the tables speak of.
pub(super) const GLOSSARY: &str = "\
- *class*: share of held-out things whose class a softmax regression names.
- *R² of the action*: of the relative action from two neighboring z, mean over its components \
  (scikit-learn's default); 0 is the mean. Rotations are read by an MLP, places by ridge regression, \
  augmentations by an MLP and their blur by ridge regression, so that numbers of two suites are not to be \
  compared. *SIE's formula* has one mean for all components, so that knowing nothing does not score 0 \
  but *its null*.
- *R² of the state*: of the absolute pose, place or augmentation from one z.
- *MRR*, *H@1*, *H@5*: mean reciprocal rank of the true next view among candidates of the same thing, \
  shares ranked first and among the first five, by the cosine after the mean embedding of training views \
  was taken off both sides. *Distance of the guess*: mean distance of the first-ranked candidate from \
  the truth.
- *PRE*: 1 − ⟨q, q′⟩² of the true pose and that of the nearest view of any held-out object (SIE), over \
  every seventh question.
- Nulls: a random order (*chance*), the last observed view as the guess (*copy-last*), the prediction for \
  another question's action (*shuffled action*), the mean prediction for all (*mean latent*). Where views \
  do not return, a guess that resembles the last view ranks below chance.
- *M_tr*: views observed in training; *M*: views observed when asked. *Path*: the way from the first of M + 1 \
  views straight to the last, as one action.
- *Inhibition of return*: no fixation falls where one fell before.
- *Effective rank*: exp of the entropy of the singular values of z; *deviation*: standard deviation of z, \
  mean over its dimensions; *dead*: share of dimensions that vary by less than a hundredth of that.
- A *thing* is a picture or an object; all that shows it is held out together.
- Methods: SimCLR (Chen et al. 2020), BYOL (Grill et al. 2020), conditional BYOL (BYOL whose predictor \
  hears the action), VICReg (Bardes et al. 2022), VICRegTraj (on trajectories of views), SEN (Park et al. \
  2022), EquiMod (Devillers and Lefort 2023), SIE (Garrido et al. 2023), Conv-JEPA (seq-JEPA without an \
  aggregator). *seq-JEPA, no action* is trained and asked without actions.
";
