"""The CloudFormation templates, as data of the package; ``cloudformation.template`` reads them."""
