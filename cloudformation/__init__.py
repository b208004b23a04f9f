"""The CloudFormation templates, as data of the package; ``fleet.template`` reads them."""
