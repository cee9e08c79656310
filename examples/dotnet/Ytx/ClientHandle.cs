// A ytx_client that is freed once, however its owner goes.
using System;
using System.Runtime.InteropServices;

namespace Ytx
{
    /// <summary>Passed to each call as it is: so the handle is not freed while a call is on it, and
    /// with it stays the log that the call may write to.</summary>
    internal sealed class ClientHandle : SafeHandle
    {
        private NativeLog log;

        /// <summary>For the marshaller, which fills it.</summary>
        public ClientHandle() : base(IntPtr.Zero, true)
        {
        }

        public override bool IsInvalid => handle == IntPtr.Zero;

        internal static ClientHandle Open(string accountSid, string authToken, YtxOptions options)
        {
            string refusal = ""; // the library tells its log why it makes no client
            Action<YtxLogLevel, string> sink = options.Log;
            NativeLog log = (level, message, userData) =>
            {
                try
                {
                    string line = Utf8.FromC(message);
                    if (level == (int)YtxLogLevel.Error) refusal = line;
                    sink?.Invoke((YtxLogLevel)level, line);
                }
                catch
                {
                    // C must not see it.
                }
            };
            ClientHandle made;
            int status;
            using (var strings = new NativeStrings())
            {
                NativeOptions native = NativeOptions.Of(options, log, strings);
                made = Native.Library.ClientNew(
                    Utf8.ToC(accountSid), Utf8.ToC(authToken), ref native, out status);
            }
            made.log = log;
            if (status == 0) return made;
            made.Dispose();
            throw YtxException.OfNoClient(status, refusal);
        }

        internal ClientHandle WithTimeout(uint milliseconds)
        {
            ClientHandle made = Native.Library.ClientWithTimeout(this, milliseconds, out int status);
            made.log = log;
            if (status == 0) return made;
            made.Dispose();
            throw YtxException.OfNoClient(status, Utf8.FromC(Native.Library.StatusText(status)));
        }

        internal void Cancel()
        {
            Native.Library.ClientCancel(this);
        }

        protected override bool ReleaseHandle()
        {
            Native.Library.ClientFree(handle);
            return true;
        }
    }
}
