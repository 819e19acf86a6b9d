"""The import names of the seed's SDK: a thin skin over `flowgauge.client`.

```python
import Formance
from Formance.apis.tags import orchestration_api

configuration = Formance.Configuration(host="http://localhost", access_token="...")
with Formance.ApiClient(configuration) as api_client:
    print(orchestration_api.OrchestrationApi(api_client).list_flows().body)
```
"""

from flowgauge import __version__
from Formance.api_client import ApiClient
from Formance.configuration import Configuration
from Formance.exceptions import (
    ApiAttributeError,
    ApiException,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
    OpenApiException,
)

__all__ = [
    "ApiAttributeError",
    "ApiClient",
    "ApiException",
    "ApiKeyError",
    "ApiTypeError",
    "ApiValueError",
    "Configuration",
    "OpenApiException",
    "__version__",
]
